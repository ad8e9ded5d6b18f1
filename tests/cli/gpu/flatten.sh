# The reader of run.json that gpu-check has, which must do without any tool but awk.
awk -f "$FC_ROOT/tests/gpu/flatten.awk" <<'END'
{
  "schema": 1,
  "status": "complete",
  "anomalies": [],
  "command": [
    "flopclock",
    "trace"
  ],
  "probe": {
    "overhead": null,
    "empty": {},
    "sentence": "a \"quoted\" word, a comma: {"
  },
  "plans": [
    {
      "layer": "conv1",
      "measured_s": [
        1.5e-05,
        2e-05
      ]
    },
    {
      "layer": "conv2",
      "measured_s": []
    }
  ],
  "end": true
}
END
