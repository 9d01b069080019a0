{{/*
Every template begins with this: fills values that are left out or null with their defaults, at any depth, and refuses
what cannot be meant.
*/}}
{{- define "nublado.prepare" -}}
{{- include "nublado.fill" (dict "values" .Values "defaults" (.Files.Get "files/defaults.json" | fromJson)) -}}
{{- include "nublado.check" . -}}
{{- end }}

{{- define "nublado.fill" -}}
{{- $values := .values -}}
{{- range $key, $standard := .defaults -}}
  {{- $given := get $values $key -}}
  {{- if or (not (hasKey $values $key)) (kindIs "invalid" $given) -}}
    {{- $_ := set $values $key $standard -}}
  {{- else if and (kindIs "map" $given) (kindIs "map" $standard) (not (has $key (list "resources" "annotations" "metricLabels" "capabilities" "securityContext" "policy"))) -}}
    {{- include "nublado.fill" (dict "values" $given "defaults" $standard) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "nublado.labels" -}}
helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}"
app.kubernetes.io/name: "{{ .Chart.Name }}"
app.kubernetes.io/instance: "{{ .Release.Name }}"
app.kubernetes.io/version: "{{ .Chart.AppVersion }}"
app.kubernetes.io/managed-by: "{{ .Release.Service }}"
{{- end }}

{{/* Labels that tell the pods of a part; of (dict "root" $ "component" …). */}}
{{- define "nublado.selector" -}}
app.kubernetes.io/name: "{{ .root.Chart.Name }}"
app.kubernetes.io/instance: "{{ .root.Release.Name }}"
app.kubernetes.io/component: "{{ .component }}"
{{- end }}

{{/* The parts that have a Deployment, as a JSON list. */}}
{{- define "nublado.components" -}}
{{- if eq .Values.mode "single" }}["single"]{{ else }}["api", "worker", "watcher"]{{ end }}
{{- end }}

{{/* The part that serves the API. */}}
{{- define "nublado.server" -}}
{{- if eq .Values.mode "single" }}single{{ else }}api{{ end }}
{{- end }}

{{/* Name of the Deployment of a part; of (dict "root" $ "component" …). */}}
{{- define "nublado.fullname" -}}
{{- if eq .component "single" }}{{ .root.Values.name }}{{ else }}{{ .root.Values.name }}-{{ .component }}{{ end }}
{{- end }}

{{/* Name of the workers' service account, which has the controller's permissions. */}}
{{- define "nublado.serviceAccount" -}}
{{ .Values.serviceAccount.name | default "nublado-controller" }}
{{- end }}

{{/* Name of the service account of a part; of (dict "root" $ "component" …). */}}
{{- define "nublado.serviceAccountOf" -}}
{{- if has .component (list "api" "watcher") -}}
{{ (index .root.Values .component).serviceAccountName | default (printf "%s-%s" .root.Values.name .component) }}
{{- else -}}
{{ include "nublado.serviceAccount" .root }}
{{- end -}}
{{- end }}

{{/* Namespace of users' file servers; empty where users have none. */}}
{{- define "nublado.fileServerNamespace" -}}
{{- with .Values.config.fileserver }}{{ if .enabled }}{{ .namespace }}{{ end }}{{ end }}
{{- end }}

{{- define "nublado.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "nublado.host" -}}
{{ .Values.host | default .Values.global.host | default "" }}
{{- end }}

{{- define "nublado.baseUrl" -}}
{{- $host := include "nublado.host" . -}}
{{ .Values.baseUrl | default .Values.global.baseUrl | default (empty $host | ternary "" (printf "https://%s" $host)) }}
{{- end }}

{{- define "nublado.sealingKeys" -}}
{{ .Values.sealingKeys.existingSecret | default (printf "%s-sealing-keys" .Values.name) }}
{{- end }}
