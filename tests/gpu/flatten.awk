# A JSON file as the program writes it, a member a line, becomes lines "path<tab>value": totals.train.images<tab>32,
# plans.7.layer<tab>conv1. Texts lose their quotes.
function path(key, i, text) {
	text = ""
	for (i = 2; i <= depth; i++)
		text = text (text == "" ? "" : ".") name[i]
	return key == "" ? text : text (text == "" ? "" : ".") key
}
{
	line = $0
	sub(/^[ \t]+/, "", line)
	sub(/,$/, "", line)
	key = ""
	if (match(line, /^"[^"]*": /)) {
		key = substr(line, 2, RLENGTH - 4)
		line = substr(line, RLENGTH + 1)
	} else if (depth && array[depth] && line !~ /^[\]}]/) {
		key = count[depth]++
	}
	if (line == "{" || line == "[") {
		depth++
		name[depth] = key
		array[depth] = line == "["
		count[depth] = 0
	} else if (line == "}" || line == "]") {
		depth--
	} else if (line != "[]" && line != "{}") {
		gsub(/^"|"$/, "", line)
		print path(key) "\t" line
	}
}
