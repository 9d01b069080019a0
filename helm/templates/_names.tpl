{{/* Name of the controller's service account. A section that is null counts as left out. */}}
{{- define "nublado.serviceAccount" -}}
{{ (.Values.serviceAccount).name | default "nublado-controller" }}
{{- end }}

{{/* Namespace of users' file servers; empty where users have none. */}}
{{- define "nublado.fileServerNamespace" -}}
{{- with (.Values.config).fileserver }}{{ if .enabled }}{{ .namespace }}{{ end }}{{ end }}
{{- end }}
