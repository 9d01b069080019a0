{{/* Name of the controller's service account. A section that is null counts as left out. */}}
{{- define "nublado.serviceAccount" -}}
{{ (.Values.serviceAccount).name | default "nublado-controller" }}
{{- end }}
