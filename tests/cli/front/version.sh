# What every build has; oneDNN may be left out.
flopclock version | grep -v onednn
