{{/* Variables by which Temporal is found; list entries of `env`. */}}
{{- define "nublado.temporalEnv" -}}
{{- $temporal := .Values.temporal -}}
- name: TEMPORAL_ADDRESS
  value: {{ $temporal.development.enabled | ternary (printf "%s-temporal:7233" .Values.name) $temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ $temporal.namespace | quote }}
{{- with $temporal.apiKey.existingSecret }}
- name: TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef: { name: {{ . | quote }}, key: {{ $temporal.apiKey.key | quote }} }
{{- end }}
{{- if or $temporal.tls.enabled $temporal.tls.existingSecret }}
- name: TEMPORAL_TLS
  value: "true"
{{- end }}
{{- with $temporal.tls.serverName }}
- name: TEMPORAL_TLS_SERVER_NAME
  value: {{ . | quote }}
{{- end }}
{{- if $temporal.tls.existingSecret }}
- name: TEMPORAL_TLS_CLIENT_CERT_PATH
  value: /etc/nublado-temporal/tls.crt
- name: TEMPORAL_TLS_CLIENT_KEY_PATH
  value: /etc/nublado-temporal/tls.key
{{- if $temporal.tls.hasAuthority }}
- name: TEMPORAL_TLS_SERVER_CA_CERT_PATH
  value: /etc/nublado-temporal/ca.crt
{{- end }}
{{- end }}
{{- end }}

{{/* Whether a hook registers the search attributes; empty if not. A Temporal of the release has them. */}}
{{- define "nublado.registersSearchAttributes" -}}
{{- if and .Values.searchAttributes.register (not .Values.temporal.development.enabled) }}true{{ end -}}
{{- end }}

{{- define "nublado.temporalMounts" -}}
{{- if .Values.temporal.tls.existingSecret }}
- { name: temporal-tls, mountPath: /etc/nublado-temporal, readOnly: true }
{{- end }}
{{- end }}

{{- define "nublado.temporalVolumes" -}}
{{- with .Values.temporal.tls.existingSecret }}
- name: temporal-tls
  secret: { secretName: {{ . | quote }}, defaultMode: 0440 }
{{- end }}
{{- end }}

{{/* Variables of the services; of (dict "root" $ "settings" …). The same for all parts: spawns depend on them. */}}
{{- define "nublado.env" -}}
{{- $root := .root -}}
{{- include "nublado.temporalEnv" $root }}
- name: NUBLADO_SEALING_KEYS
  value: /etc/nublado-sealing-keys
- name: NUBLADO_CONTROLLER_REPOSITORY
  value: {{ $root.Values.image.repository | quote }}
- name: NUBLADO_CONTROLLER_TAG
  value: {{ include "nublado.tag" $root | quote }}
- name: NUBLADO_CONTROLLER_PULL_POLICY
  value: {{ $root.Values.image.pullPolicy | quote }}
{{- with include "nublado.baseUrl" $root }}
- name: EXTERNAL_INSTANCE_URL
  value: {{ . | quote }}
{{- end }}
{{- with $root.Values.repertoireBaseUrl | default $root.Values.global.repertoireUrl }}
- name: REPERTOIRE_BASE_URL
  value: {{ . | quote }}
{{- end }}
{{- with $root.Values.slackWebhook }}
{{- if .existingSecret }}
- name: NUBLADO_SLACK_WEBHOOK
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret | quote }}, key: {{ .key | quote }} }
{{- end }}
{{- end }}
{{- with $root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- with .settings.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
