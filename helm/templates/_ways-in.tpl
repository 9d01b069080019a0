{{/* A GafaelfawrIngress; of (dict "root" $ "name" … "config" … "paths" (list (list path type) …)), and "host", "service", "port", "annotations", "tls". */}}
{{- define "nublado.gafaelfawrIngress" -}}
{{- $root := .root }}
{{- $service := .service | default $root.Values.name }}
{{- $port := .port | default (dict "number" $root.Values.service.port) }}
---
apiVersion: gafaelfawr.lsst.io/v1alpha1
kind: GafaelfawrIngress
metadata:
  name: {{ .name | quote }}
  namespace: {{ $root.Release.Namespace | quote }}
  labels:
    {{- include "nublado.labels" $root | nindent 4 }}
config:
  {{- toYaml .config | nindent 2 }}
template:
  metadata:
    name: {{ .name | quote }}
    {{- with .annotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    rules:
      - host: {{ .host | default (include "nublado.host" $root) | quote }}
        http:
          paths:
            {{- range .paths }}
            - path: {{ index . 0 | quote }}
              pathType: {{ index . 1 }}
              backend:
                service:
                  name: {{ $service | quote }}
                  port: {{ $port | toJson }}
            {{- end }}
    {{- with .tls }}
    tls:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end }}

{{/* Paths of the API for an ingress that need not tell them apart, as a JSON list. */}}
{{- define "nublado.paths" -}}
{{- $paths := list (include "nublado.pathPrefix" .) -}}
{{- if (.Values.config.fileserver | default dict).enabled }}{{ $paths = append $paths (include "nublado.filesPrefix" .) }}{{ end -}}
{{ toJson $paths }}
{{- end }}
