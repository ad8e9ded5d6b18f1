flopclock version
