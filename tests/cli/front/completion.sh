# Words for a command, for its options, for the values of one of them, and the names of models.
source <(flopclock help --completion bash)
complete_line() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_flopclock
	echo "${COMPREPLY[*]}"
}
complete_line flopclock tr
complete_line flopclock analyze --per
complete_line flopclock analyze --format ''
complete_line flopclock analyze resnet
complete_line flopclock help re
