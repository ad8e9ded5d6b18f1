# ONNX files from bash, in hexadecimal digits: to be sourced by the cases beside it.

varint() { # NUMBER
	local n=$1
	while [ "$n" -gt 127 ]; do printf '%02x' $((n & 127 | 128)); n=$((n >> 7)); done
	printf '%02x' "$n"
}
integer() { varint $(($1 << 3)); varint "$2"; }			# FIELD NUMBER
message() { varint $(($1 << 3 | 2)); varint $((${#2} / 2)); printf %s "$2"; }	# FIELD HEX
text() { message "$1" "$(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')"; }	# FIELD TEXT

dimension() { case $1 in [0-9]*) integer 1 "$1" ;; *) text 2 "$1" ;; esac; }
value() { # FIELD NAME DIM...
	local field=$1 name=$2 shape= dim
	shift 2
	for dim; do shape+=$(message 1 "$(dimension "$dim")"); done
	message "$field" "$(text 1 "$name")$(message 2 "$(message 1 "$(integer 1 1)$(message 2 "$shape")")")"
}
tensor() { # NAME DIM...
	local name=$1 dims= dim
	shift
	for dim; do dims+=$(integer 1 "$dim"); done
	message 5 "$dims$(integer 2 1)$(text 8 "$name")"
}
node() { # OP INPUTS OUTPUT [HEX]
	local fields= name
	for name in ${2//,/ }; do fields+=$(text 1 "$name"); done
	message 1 "$fields$(text 2 "$3")$(text 3 "$3")$(text 4 "$1")${4:-}"
}
numbers() { # NAME NUMBER...
	local name=$1 list= n
	shift
	for n; do list+=$(integer 8 "$n"); done
	message 5 "$(text 1 "$name")$list"
}
onnx() { # FILE HEX: a graph
	local hex
	hex=$(integer 1 8)$(message 8 "$(integer 2 17)")$(message 7 "$2")
	printf "$(printf %s "$hex" | sed 's/../\\x&/g')" >"$1"
}

# Two convolutions with a sum around the second, and an answer.
network=$(value 11 images batch 3 height width)$(tensor w 8 3 3 3)$(tensor b 8)$(tensor v 8 8 3 3)$(tensor f 8 10)$(tensor o 10)
network+=$(node Conv images,w,b conv1 "$(numbers pads 1 1 1 1)")$(node Relu conv1 relu1)
network+=$(node Conv relu1,v conv2 "$(numbers pads 1 1 1 1)")$(node Add conv2,relu1 sum)
network+=$(node GlobalAveragePool sum pool)$(node Flatten pool flat)$(node MatMul flat,f product)$(node Add product,o answer)
network+=$(value 12 answer batch 10)
