package metrics

import (
	"math"
	"strconv"
)

const configIntro = "The directives as `CONFIG GET *` shows them, passwords left out, like redis_exporter's `include-config-metrics`."

var configMetrics = []metric{
	{
		name: "redis_config_key_value", kind: gauge, labels: []string{"key", "value"},
		help: "1, with a directive and its text as labels.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Settings {
				add(1, v.Settings[i].Name, text(v.Settings[i].Value))
			}
		},
	},
	{
		name: "redis_config_value", kind: gauge, labels: []string{"key"},
		help: "The directives that are numbers.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Settings {
				s := &v.Settings[i]
				if n, err := strconv.ParseFloat(s.Value, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
					add(n, s.Name)
				}
			}
		},
	},
	{
		name: "redis_config_client_output_buffer_limit_bytes", kind: gauge, labels: []string{"class", "limit"},
		help: "The directive client-output-buffer-limit: bytes of the `hard` and the `soft` limit, 0 for none.",
		each: func(v *view, add func(float64, ...string)) {
			for _, l := range v.OutputLimits {
				add(float64(l.Hard), l.Class, "hard")
				add(float64(l.Soft), l.Class, "soft")
			}
		},
	},
	{
		name: "redis_config_client_output_buffer_limit_overcome_seconds", kind: gauge, labels: []string{"class", "limit"},
		help: "For how long a client may be above the soft limit.",
		each: func(v *view, add func(float64, ...string)) {
			for _, l := range v.OutputLimits {
				add(float64(l.SoftSeconds), l.Class, "soft")
			}
		},
	},
}
