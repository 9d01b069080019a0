{{/* A NetworkPolicy; of (dict "root" $ "name" … "selector" (labels) "ingress" (rules) "egress" (rules)), and "namespace", "types". */}}
{{- define "nublado.networkPolicy" -}}
{{- $root := .root }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name | quote }}
  namespace: {{ .namespace | default $root.Release.Namespace | quote }}
  labels:
    {{- include "nublado.labels" $root | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- toYaml .selector | nindent 6 }}
  policyTypes:
    {{- toYaml (.types | default (list "Ingress" "Egress")) | nindent 4 }}
  {{- with .ingress }}
  ingress:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .egress }}
  egress:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Labels that tell the pods of a part, as JSON; of (dict "root" $ "component" …). */}}
{{- define "nublado.selectorJson" -}}
{{ include "nublado.selector" . | fromYaml | toJson }}
{{- end }}

{{/* A peer for all pods of a namespace, as JSON. */}}
{{- define "nublado.inNamespace" -}}
{{ dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .)) | toJson }}
{{- end }}

{{/* Peers as a JSON list, those with only a `podSelector` in the release's namespace; of (list $ peers). */}}
{{- define "nublado.peers" -}}
{{- $found := list -}}
{{- $here := include "nublado.inNamespace" (index . 0).Release.Namespace | fromJson -}}
{{- range index . 1 -}}
  {{- if or (hasKey . "namespaceSelector") (hasKey . "ipBlock") -}}
    {{- $found = append $found . -}}
  {{- else -}}
    {{- $found = append $found (merge (dict) $here .) -}}
  {{- end -}}
{{- end -}}
{{ toJson $found }}
{{- end }}

{{/* Ingress rules as a JSON list, which is empty without peers: a rule without would admit all; of (list $ peers ports). */}}
{{- define "nublado.admits" -}}
{{- $ports := list -}}
{{- range index . 2 }}{{ $ports = append $ports (dict "protocol" "TCP" "port" (int .)) }}{{ end -}}
{{- $peers := include "nublado.peers" (list (index . 0) (index . 1)) | fromJsonArray -}}
{{ empty $peers | ternary list (list (dict "from" $peers "ports" $ports)) | toJson }}
{{- end }}

{{/* Egress rules with their peers, as a JSON list; of (list $ rules). */}}
{{- define "nublado.leadsTo" -}}
{{- $root := index . 0 -}}
{{- $found := list -}}
{{- range index . 1 -}}
  {{- $rule := omit . "to" -}}
  {{- with .to }}{{ $_ := set $rule "to" (include "nublado.peers" (list $root .) | fromJsonArray) }}{{ end -}}
  {{- $found = append $found $rule -}}
{{- end -}}
{{ toJson $found }}
{{- end }}

{{/* Whether the API believes an ingress that has authenticated; empty if it authenticates by itself. */}}
{{- define "nublado.believesIngress" -}}
{{- if eq ((.Values.config.auth | default dict).type | default "gafaelfawr") "gafaelfawr" }}true{{ end -}}
{{- end }}

{{/* Peers of the ingress, as a JSON list. */}}
{{- define "nublado.ingressPeers" -}}
{{- $gafaelfawr := dict "namespaceSelector" dict "podSelector" (dict "matchLabels" (dict "gafaelfawr.lsst.io/ingress" "true")) -}}
{{- $standard := eq (include "nublado.believesIngress" .) "true" | ternary (list $gafaelfawr) list -}}
{{ .Values.networkPolicies.from.ingress | default $standard | toJson }}
{{- end }}

{{/* Port of Temporal's frontend. */}}
{{- define "nublado.temporalPort" -}}
{{- if .Values.temporal.development.enabled }}7233{{ else }}{{ regexFind "[0-9]+$" (regexFind ":[0-9]+$" .Values.temporal.address) | default "7233" }}{{ end -}}
{{- end }}

{{/* Egress rules for Temporal, as a JSON list. */}}
{{- define "nublado.temporalRules" -}}
{{- $rule := dict "ports" (list (dict "protocol" "TCP" "port" (include "nublado.temporalPort" . | int))) -}}
{{- if .Values.temporal.development.enabled -}}
  {{- $selector := include "nublado.selectorJson" (dict "root" . "component" "temporal") | fromJson -}}
  {{- $_ := set $rule "to" (list (dict "podSelector" (dict "matchLabels" $selector))) -}}
{{- else if .Values.networkPolicies.temporal.namespace -}}
  {{- $_ := set $rule "to" (list (include "nublado.inNamespace" .Values.networkPolicies.temporal.namespace | fromJson)) -}}
{{- end -}}
{{ .Values.networkPolicies.to.temporal | default (list $rule) | toJson }}
{{- end }}

{{/* Egress rules of a part, as a JSON list; of (list $ "dns" …), names of what it reaches. */}}
{{- define "nublado.reaches" -}}
{{- $root := index . 0 -}}
{{- $rules := list -}}
{{- range rest . -}}
  {{- $rules = concat $rules (eq . "temporal" | ternary (include "nublado.temporalRules" $root | fromJsonArray) (index $root.Values.networkPolicies.to .)) -}}
{{- end -}}
{{ include "nublado.leadsTo" (list $root $rules) }}
{{- end }}
