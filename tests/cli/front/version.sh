# What every build has; oneDNN and the CUDA module may be left out.
flopclock version | grep -vE 'onednn|cuda|cupti'
