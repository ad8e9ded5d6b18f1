flopclock analyze --format csv
