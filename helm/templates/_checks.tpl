{{- define "nublado.check" -}}
{{- include "nublado.checkNames" . -}}
{{- $config := .Values.config -}}
{{- if and $config (or .Values.configuration.existingConfigMap .Values.configuration.existingSecret) -}}
{{ fail "\n\n`config` and `configuration.existing…` exclude each other: remove one of them.\n" }}
{{- end -}}
{{- if and .Values.gafaelfawr.enabled (not (include "nublado.host" .)) -}}
{{ fail "\n\n`gafaelfawr.enabled` needs `host`, or `global.host`: the platform's host name.\n" }}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{ fail "\n\n`httpRoute.enabled` needs `httpRoute.parentRefs`: the Gateway that the route belongs to.\n" }}
{{- end -}}
{{- if and .Values.hubToken.existingSecret (ne (include "nublado.hubTokenPath" .) "/etc/nublado/hub-token") -}}
{{ fail "\n\n`hubToken.existingSecret` is mounted at the default path: remove `config.hub.tokenPath`, or mount the Secret by `extraVolumes`.\n" }}
{{- end -}}
{{- if .Values.networkPolicies.enabled -}}
{{- $files := and (include "nublado.fileServerNamespace" .) (ne (include "nublado.fileServerRouting" .) "gafaelfawr") -}}
{{- if and (or .Values.ingress.enabled .Values.httpRoute.enabled $files) (not (include "nublado.ingressPeers" . | fromJsonArray)) -}}
{{ fail "\n\n`networkPolicies.enabled` needs `networkPolicies.from.ingress`: the pods of the ingress or gateway, as peers of a NetworkPolicy.\n" }}
{{- end -}}
{{- end -}}
{{- if and .Values.temporal.development.postgresql.enabled (not .Values.temporal.development.enabled) -}}
{{ fail "\n\n`temporal.development.postgresql.enabled` needs `temporal.development.enabled`; another Temporal has a database of its own.\n" }}
{{- end -}}
{{- with .Values.tests.canary -}}
{{- if and .enabled (not (and .existingSecret .user)) -}}
{{ fail "\n\n`tests.canary.enabled` needs `tests.canary.user`, whose lab it is, and `tests.canary.existingSecret` with a token.\n" }}
{{- end -}}
{{- if and .imageTag (not .size) -}}
{{ fail "\n\n`tests.canary.imageTag` needs `tests.canary.size`.\n" }}
{{- end -}}
{{- end -}}
{{- if and .Values.fileServerNamespace.create (not (include "nublado.fileServerNamespace" .)) -}}
{{ fail "\n\n`fileServerNamespace.create` needs `config.fileserver.enabled` and `config.fileserver.namespace`.\n" }}
{{- end -}}
{{- end }}

{{/* Refuses values that have another name here. */}}
{{- define "nublado.checkNames" -}}
{{- $found := list -}}
{{- $given := .Values -}}
{{- $renamed := .Files.Get "files/renamed-values.yaml" | fromYaml -}}
{{- range $path, $advice := $renamed -}}
  {{- $keys := splitList "." $path -}}
  {{- $section := get $given (first $keys) -}}
  {{- if eq (len $keys) 1 -}}
    {{- if not (kindIs "invalid" $section) -}}
      {{- if or (not (kindIs "map" $section)) (include "nublado.hasOther" (dict "section" $section "name" $path "renamed" $renamed)) -}}
        {{- if hasKey $given $path }}{{ $found = append $found (printf "  %s: %s" $path $advice) }}{{ end -}}
      {{- end -}}
    {{- end -}}
  {{- else if kindIs "map" $section -}}
    {{- if hasKey $section (last $keys) }}{{ $found = append $found (printf "  %s: %s" $path $advice) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if $found }}{{ fail (printf "\n\nThese values have another name in this chart:\n\n%s\n" (join "\n" $found)) }}{{ end -}}
{{- end }}

{{/* Whether a renamed section is empty or has a key without advice of its own; empty if not. */}}
{{- define "nublado.hasOther" -}}
{{- $name := .name -}}
{{- $renamed := .renamed -}}
{{- $other := not .section -}}
{{- range $key, $_ := .section }}{{ if not (hasKey $renamed (printf "%s.%s" $name $key)) }}{{ $other = true }}{{ end }}{{ end -}}
{{- if $other }}true{{ end -}}
{{- end }}
