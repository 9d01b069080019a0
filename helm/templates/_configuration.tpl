{{/* A key of a section of the configuration, which may be written in camelCase or snake_case; of (list section camel snake default). */}}
{{- define "nublado.configured" -}}
{{- $section := index . 0 | default dict -}}
{{- $value := get $section (index . 1) | default (get $section (index . 2)) -}}
{{ $value | default (index . 3) }}
{{- end }}

{{/* Path below which the API is found, without a slash at its end. */}}
{{- define "nublado.pathPrefix" -}}
{{ include "nublado.configured" (list .Values.config "pathPrefix" "path_prefix" "/nublado") | trimSuffix "/" }}
{{- end }}

{{/* Path below which users' file servers are found. */}}
{{- define "nublado.filesPrefix" -}}
{{ include "nublado.configured" (list .Values.config.fileserver "pathPrefix" "path_prefix" "/files") | trimSuffix "/" }}
{{- end }}

{{/* What makes users' file servers reachable: `gafaelfawr`, `ingress` or `httpRoute`. */}}
{{- define "nublado.fileServerRouting" -}}
{{ ((.Values.config.fileserver).ingress).type | default "gafaelfawr" }}
{{- end }}

{{/* Path of the file with the token for the hub. */}}
{{- define "nublado.hubTokenPath" -}}
{{ include "nublado.configured" (list .Values.config.hub "tokenPath" "token_path" "/etc/nublado/hub-token") }}
{{- end }}

{{/* Whether labs report their activity to the controller; empty if not. */}}
{{- define "nublado.hasActivity" -}}
{{- $value := include "nublado.configured" (list .Values.config.hub "aggregateActivity" "aggregate_activity" "") -}}
{{- if has (lower $value) (list "true" "1" "yes" "on" "t" "y") }}true{{ end -}}
{{- end }}

{{/* A duration of the configuration in whole seconds, rounded up; a number is one of seconds. */}}
{{- define "nublado.seconds" -}}
{{- $text := trim (toString .) -}}
{{- if regexMatch "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$" $text -}}
{{ ceil (float64 $text) | int }}
{{- else -}}
  {{- $units := dict "w" 604800 "d" 86400 "h" 3600 "m" 60 "s" 1 -}}
  {{- $sum := 0 -}}
  {{- range regexFindAll "[0-9]+\\s*[a-z]" $text -1 -}}
    {{- $sum = add $sum (mul (regexFind "[0-9]+" . | int) (get $units (regexFind "[a-z]" .))) -}}
  {{- end -}}
{{ $sum }}
{{- end -}}
{{- end }}

{{/* What a process gets to stop in good order, in seconds. */}}
{{- define "nublado.shutdownSeconds" -}}
{{- $section := .Values.config.timeouts | default dict -}}
{{ include "nublado.seconds" (get $section "shutdown" | default "30s") }}
{{- end }}

{{/* Whether the configuration is, by the chart, kept in a Secret; empty if in a ConfigMap. */}}
{{- define "nublado.isSecret" -}}
{{- $config := .Values.config -}}
{{- $lab := $config.lab | default dict -}}
{{- $auth := $config.auth | default dict -}}
{{- $private := or $lab.env $lab.files $auth.users (hasKey $config "slack_webhook") (hasKey $config "NUBLADO_SLACK_WEBHOOK") -}}
{{- if or (eq .Values.configuration.storage "Secret") (and (eq .Values.configuration.storage "auto") $private) }}true{{ end -}}
{{- end }}

{{/* Source of the file in a projected volume. */}}
{{- define "nublado.configurationSource" -}}
{{- $name := printf "%s-config" .Values.name -}}
{{- if .Values.configuration.existingSecret -}}
secret: { name: "{{ .Values.configuration.existingSecret }}", items: [{ key: config.yaml, path: config.yaml }] }
{{- else if .Values.configuration.existingConfigMap -}}
configMap: { name: "{{ .Values.configuration.existingConfigMap }}", items: [{ key: config.yaml, path: config.yaml }] }
{{- else if and .Values.config (include "nublado.isSecret" .) -}}
secret: { name: "{{ $name }}", items: [{ key: config.yaml, path: config.yaml }] }
{{- else -}}
configMap: { name: "{{ $name }}", items: [{ key: config.yaml, path: config.yaml }] }
{{- end -}}
{{- end }}

{{/* The parts of the configuration that take effect only when a process starts. */}}
{{- define "nublado.fixedConfiguration" -}}
{{- omit .Values.config "lab" "images" "dropdownMenu" "dropdown_menu" "prune" "supportImage" "support_image" | toJson -}}
{{- end }}

{{/*
Secrets of the release's namespace that labs get something of, as a JSON list: those that the present and the former
configuration mention, and those that the values list.
*/}}
{{- define "nublado.labSecrets" -}}
{{- $names := .Values.configuration.labSecrets | default list -}}
{{- range include "nublado.permittedLabs" . | fromJsonArray -}}
  {{- $lab := . | default dict -}}
  {{- range $lab.secrets | default list -}}
    {{- $names = append $names (get . "secretName" | default (get . "secret_name")) -}}
  {{- end -}}
  {{- with get $lab "pullSecret" | default (get $lab "pull_secret") }}{{ $names = append $names . }}{{ end -}}
{{- end -}}
{{ $names | uniq | sortAlpha | toJson }}
{{- end }}
