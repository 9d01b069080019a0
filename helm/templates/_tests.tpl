{{/* The parts whose dependencies `helm test` asks for, as a JSON list; each has a service account of its own. */}}
{{- define "nublado.testedParts" -}}
{{- if eq .Values.mode "single" }}["single"]{{ else }}["api", "worker", "watcher"]{{ end }}
{{- end }}

{{/* URL of the API's Service. */}}
{{- define "nublado.serviceUrl" -}}
{{ printf "http://%s.%s:%d" .Values.name .Release.Namespace (int .Values.service.port) }}
{{- end }}

{{/* Base URL at which a canary asks for a lab: behind Gafaelfawr that of the platform. */}}
{{- define "nublado.canaryUrl" -}}
{{- $base := eq (include "nublado.believesIngress" .) "true" | ternary (include "nublado.baseUrl" .) (include "nublado.serviceUrl" .) -}}
{{ .Values.tests.canary.url | default (printf "%s%s" (trimSuffix "/" $base) (include "nublado.pathPrefix" .)) }}
{{- end }}

{{/* Metadata of a test's pod; of (dict "root" $ "name" … "weight" …). A pod that has failed stays until the next test. */}}
{{- define "nublado.testMetadata" -}}
name: "{{ .root.Values.name }}-test-{{ .name }}"
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- include "nublado.selector" (dict "root" .root "component" "tests") | nindent 2 }}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  helm.sh/hook-output-log-policy: hook-failed
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* What all pods of tests have; of (dict "root" $ "seconds" …), how long they may take. */}}
{{- define "nublado.testPod" -}}
restartPolicy: Never
enableServiceLinks: false
activeDeadlineSeconds: {{ .seconds }}
securityContext:
  {{- include "nublado.podSecurity" .root | nindent 2 }}
{{- include "nublado.placement" (dict "root" .root "settings" dict) }}
{{- end }}
