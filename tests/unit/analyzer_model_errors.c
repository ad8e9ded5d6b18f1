/*
 * What the model language says about text that means nothing: the whole sentence, place included.
 */
#include "analyzer_model.h"

static const struct {
	const char *text, *error;
} errors[] = {
	{ "", "x.net:1:1: found the end of the file, expected 'network NAME'" },
	{ "# nothing\n", "x.net:2:1: found the end of the file, expected 'network NAME'" },
	{ "\x7f"
	  "ELF",
	  "x.net:1:1: found byte 0x7F, expected a statement, a name or a number" },
	{ "network 7\n", "x.net:1:9: found '7', expected a name" },
	{ "network x\ninput 3x8\n", "x.net:2:7: found '3x8', expected channels, height and width such as 3x224x224" },
	{ "network x\ninput 0x8x8\n", "x.net:2:7: found an input of 0x8x8, expected sides from 1 to 65536" },
	{ "network x\nclasses 10\nconv 8 3\n",
	  "x.net:3:1: found a layer before the images, expected 'input CxHxW' above" },
	{ "network x\ninput 3x8x8\ndense 10\noutput\n",
	  "x.net:4:1: found an output before 'classes', expected 'classes NUMBER' above" },
	{ HEAD "network y\n", "x.net:4:1: found a second 'network', expected one at the top of the file" },
	{ HEAD "input 3x8x8\n", "x.net:4:1: found a second 'input', expected one" },
	{ HEAD "convv 8 3\n", "x.net:4:1: found 'convv', expected a layer, a block of this file or a statement; "
			      "did you mean 'conv'?" },
	{ HEAD "conv 8\n", "x.net:4:1: found 'conv' without 'kernel', expected it behind" },
	{ HEAD "conv 8 3 4\n", "x.net:4:10: found 4, expected only named arguments behind 'conv'" },
	{ HEAD "conv 8 3 strid=2\n",
	  "x.net:4:10: found 'strid' behind 'conv', expected one of out, kernel, stride, pad, "
	  "pad_end, dilation, groups, bias; did you mean 'stride'?" },
	{ HEAD "conv 8 3 stride=2 stride=3\n", "x.net:4:19: found 'stride' a second time, expected it once" },
	{ HEAD "conv 8 3 stride=0\n",
	  "x.net:4:17: found stride=0, expected an integer or a size such as 3x1 with sides "
	  "from 1 to 65536" },
	{ HEAD "conv 0.5 3\n", "x.net:4:6: found out=0.5, expected an integer from 1 to 1000000000" },
	{ HEAD "relu 3\n", "x.net:4:6: found 3, expected no number behind 'relu'" },
	{ HEAD "dropout 1\n", "x.net:4:9: found probability=1, expected a number from 0 to 0.999" },
	{ HEAD "conv 8 33\n",
	  "x.net:4:1: layer 'conv': found an input of 32x32, expected at least 33x33 for its window" },
	{ HEAD "conv 8 3x1 dilation=20x1 pad=2x0\n",
	  "x.net:4:1: layer 'conv': found an input of 32x32, expected at least 37x1 for its window" },
	{ HEAD "max_pool 3 pad=2\n",
	  "x.net:4:1: layer 'max_pool': found a padding of 2x2, expected at most half of the 3x3 window" },
	{ HEAD "conv 8 3 groups=2\n",
	  "x.net:4:1: layer 'conv': found 2 groups, expected a divisor of 3 input and 8 output channels" },
	{ HEAD "a: conv 8 3\nb: conv 9 3 from in\nadd a b\n",
	  "x.net:6:1: layer 'add': found 9x30x30 ('b'), expected 8x30x30 as the first value ('a')" },
	{ HEAD "a: conv 8 3\nconcat a in\n",
	  "x.net:5:1: layer 'concat': found 3x32x32 ('input'), expected 30x30 as the first value ('a')" },
	{ HEAD "add in\n", "x.net:4:1: layer 'add': found one value, expected at least two to add" },
	{ HEAD "a: conv 8 3 from b\n", "x.net:4:18: found 'b', expected the name of an earlier layer or 'in'" },
	{ HEAD "a: conv 8 3 from b\nb: conv 8 3 from a\n",
	  "x.net:4:18: found 'b', which is defined on line 5, expected the name of an earlier layer: a layer reads "
	  "only what "
	  "stands above it" },
	{ HEAD "let n = 3\nrelu from n\n",
	  "x.net:5:11: found 'n', which is a number, expected the name of an earlier layer" },
	{ HEAD "a: relu\nconv a 3\n",
	  "x.net:5:6: found 'a', which is a layer's output, expected a number such as a.channels" },
	{ HEAD "conv n 3\n", "x.net:4:6: found 'n', expected a number or the name of one" },
	{ HEAD "let width = 8\nconv widht 3\n",
	  "x.net:5:6: found 'widht', expected a number or the name of one; did you mean 'width'?" },
	{ HEAD "conv 8, 3\n", "x.net:4:7: found ',', expected the end of the statement; arguments stand side by side" },
	{ HEAD "x = conv 8 3\n", "x.net:4:3: found '=', expected the end of the statement; a layer's name ends in ':'" },
	{ HEAD "swish\n", "x.net:4:1: found 'swish', expected a layer, a block of this file or a statement; did you mean 'silu'?" },
	{ HEAD "softmax dim=3\n", "x.net:4:9: found 'dim' behind 'softmax', expected one of axis; did you mean 'axis'?" },
	{ HEAD "down: relu\nrelu from dwon\n",
	  "x.net:5:11: found 'dwon', expected the name of an earlier layer or 'in'; did you mean 'down'?" },
	{ HEAD "relu\nrelu\nadd relu_2 in\n",
	  "x.net:6:5: found 'relu_2', expected a name that a line gives to its layer, such as 'x' in 'x: relu ...', or 'in'" },
	{ "network x\ninput 3x8x8\nconv 4 3\noutput any_shape weight=true_only\n",
	  "x.net:4:25: found 'true_only', expected a number or the name of one" },
	{ HEAD "a: relu\na: relu\n", "x.net:5:4: found a second layer 'a', expected another name" },
	{ HEAD "n: relu\nlet n = 1\n",
	  "x.net:5:5: found the name 'n' again, which is a layer already, expected another name" },
	{ HEAD "keep a = in in\nrelu from a\n",
	  "x.net:5:1: found 2 values in front of 'relu', expected one: join them with concat or add" },
	{ HEAD "block b { b }\nb\n", "x.net:4:11: found block 'b' inside itself, expected another one" },
	{ HEAD "block b { c }\nblock c { b }\nb\n",
	  "x.net:5:11: found block 'b' inside itself, expected another one" },
	{ HEAD "block b { relu }\nblock b { relu }\n", "x.net:5:7: found a second block 'b', expected another name" },
	{ HEAD "block b(x) { relu }\nb\n", "x.net:5:1: found 'b' without 'x', expected a value for it" },
	{ HEAD "block b(x) { relu }\nb 1 2\n",
	  "x.net:5:5: found one more value, expected at most the 1 parameters of block 'b'" },
	{ HEAD "block b(x) { relu }\nb 1 y=2\n",
	  "x.net:5:5: found 'y', expected at most the 1 parameters of block 'b'" },
	{ HEAD "group { param a = 3 }\n", "x.net:4:9: found 'param' inside braces, expected it outside of them" },
	{ HEAD "x: let a = 3\n",
	  "x.net:4:4: found a name in front of 'let', expected it only in front of layers, blocks, "
	  "sequences and groups" },
	{ HEAD "let from = 3\n", "x.net:4:5: found 'from', expected a name that is not a word of the language" },
	{ HEAD "group {\nrelu\n", "x.net:6:1: found the end of the file, expected '}' for the '{' of line 4" },
	{ HEAD "relu }\n", "x.net:4:6: found '}', expected a layer, a block or a statement" },
	{ HEAD "relu 3 4 from in in2 )\n", "x.net:4:22: found ')', expected the end of the statement" },
	{ HEAD "conv 8 3 $\n", "x.net:4:10: found '$', expected a statement, a name or a number" },
	{ HEAD "conv 8 3 \xC3\xA9\n", "x.net:4:10: found byte 0xC3, expected a statement, a name or a number" },
	{ HEAD "conv 8 3a\n", "x.net:4:8: found '3a', expected a number or a size such as 3x1" },
	{ HEAD "conv 99999999999999999999 3\n",
	  "x.net:4:6: found '99999999999999999999', expected a number that fits 64 bits" },
	{ HEAD "dropout 1e999\n", "x.net:4:9: found '1e999', expected a number that can be represented" },
	{ HEAD "let a = 9223372036854775807 + 1\n",
	  "x.net:4:29: found a result that does not fit 64 bits, expected a smaller one" },
	{ HEAD "let a = (0 - 9223372036854775807 - 1) / -1\n",
	  "x.net:4:39: found a result that does not fit 64 bits, expected a smaller one" },
	{ HEAD "let a = 8 / 0\n", "x.net:4:11: found a division by 0, expected another divisor" },
	{ HEAD "let a = 1..\n", "x.net:4:9: found a range without an end, expected one such as 1..4" },
	{ HEAD "for i in 1 2 3, j in 4 5 { relu }\n",
	  "x.net:4:22: found a list of 2 for 'j', expected 3 as in the list before it" },
	{ HEAD "for i in 1.. { relu }\n",
	  "x.net:4:1: found only ranges without an end, expected one list that ends" },
	{ HEAD "for i in 1..2000000000 { relu }\n",
	  "x.net:4:10: found a list of more than 65536 numbers, expected fewer" },
	{ HEAD "repeat -1 { relu }\n", "x.net:4:8: found -1, expected an integer of at least 0" },
	{ HEAD "repeat 1000000000000 { relu }\n", "x.net:4:24: found more than 20000 layers, expected fewer" },
	{ HEAD "repeat 1000000000000 { }\n",
	  "x.net:4:1: found a model that takes more than 4000000 steps to build, expected a smaller one" },
	{ HEAD "keep f = in\nrepeat 40 { keep f = f f }\n",
	  "x.net:5:24: found a model that takes more than 4000000 steps to build, expected a smaller one" },
	{ HEAD "adaptive_avg_pool 1\nconv 999999999 1\nconv 999999999 1\n",
	  "x.net:6:1: layer 'conv_2': found a parameter of 999999999x999999999x1x1, expected at most 1099511627776 "
	  "values" },
	{ HEAD "expect 3x31x32\n", "x.net:4:8: found 3x32x32 ('input'), expected 3x31x32" },
	{ HEAD "init conv banana\n",
	  "x.net:4:11: found 'banana', expected one of torch, kaiming_normal, kaiming_uniform, "
	  "xavier_normal, xavier_uniform, normal, truncated_normal, uniform, constant, zero, one" },
	{ HEAD "init conv normal\n", "x.net:4:11: found 'normal' with 0 numbers, expected 1" },
	{ HEAD "init conv zero fan_in\n", "x.net:4:11: found 'zero fan_in', expected 'zero'" },
	{ HEAD "init relu zero\n",
	  "x.net:4:1: found 'relu', which has no such parameter, expected a kind of layer with parameters, such as conv" },
	{ HEAD "default banana x=1\n", "x.net:4:9: found 'banana', expected a kind of layer such as conv" },
	{ HEAD "relu\n", "x.net:1:1: found a network without an answer, expected 'output' behind its last layer" },
	{ HEAD "dense classes\noutput train_only\n",
	  "x.net:1:1: found a network without an answer, expected 'output' behind its last layer" },
	{ HEAD "output\n", "x.net:4:1: found the images as the output, expected a layer" },
	{ HEAD "relu\noutput\n",
	  "x.net:5:1: found an output of 3x32x32 ('relu'), expected 10x1x1, one value per class, or 'output any_shape'" },
	{ HEAD "a: dense classes\noutput\noutput from a\n",
	  "x.net:6:1: found 'a' as an output a second time, expected it once" },
	{ HEAD "relu\ndense classes from in\noutput\n",
	  "x.net:4:1: layer 'relu': found no layer that reads it, expected one, or 'output'" },
	{ HEAD "conv floor(8 3\n", "x.net:4:14: found '3', expected ')'" },
	{ HEAD "conv flor(8) 3\n",
	  "x.net:4:6: found 'flor', expected one of the functions floor, ceil, round, sqrt, min, max, divisible" },
	{ HEAD "conv max(8) 3\n", "x.net:4:11: found ')', expected ','" },
	{ HEAD "let a = sqrt(-1)\n", "x.net:4:9: found the root of a negative number, expected one of 0 or more" },
	{ HEAD "let a = ceil(1e300)\n", "x.net:4:9: found a result that does not fit 64 bits, expected a smaller one" },
	{ HEAD "let a = floor(3x3)\n", "x.net:4:9: found 3x3 in floor(), expected a number" },
	{ HEAD "let a = divisible(8, 0)\n",
	  "x.net:4:9: found divisible(8, 0), expected a positive number and a step of at least 1" },
	{ HEAD "let a = divisible(-3, 8)\n",
	  "x.net:4:9: found divisible(-3, 8), expected a positive number and a step of at least 1" },
	{ HEAD "block conv { relu }\n",
	  "x.net:4:7: found a block with the name of a kind of layer ('conv'), expected another name" },
	{ HEAD "expect 3 32\n", "x.net:4:8: found a list of 2, expected three integers: channels, height and width" },
	{ HEAD "expect 3 32 0.5\n", "x.net:4:8: found 0.5, expected an integer" },
	{ HEAD "split 2\n", "x.net:4:1: found 2 parts of 3, expected a divisor" },
	{ HEAD "keep a = in in\nsplit 2 from a\n", "x.net:5:1: found 2 values in front of 'split', expected one" },
	{ HEAD "a: split 3\nrelu from a.3\n",
	  "x.net:5:11: found 'a.3', expected the name of an earlier layer or 'in'; did you mean 'a.2'?" },
	{ HEAD "add in in copies copies\n", "x.net:4:18: found 'copies' a second time, expected it once" },
	{ HEAD "a: adaptive_avg_pool 2\nmultiply in a\n",
	  "x.net:5:1: layer 'multiply': found 3x2x2 ('a'), expected 3x32x32 as the first value ('input')" },
	{ HEAD "subtract in in in\n", "x.net:4:1: layer 'subtract': found 3 values, expected two to subtract" },
	{ HEAD "matmul in\n", "x.net:4:1: layer 'matmul': found 1 value, expected two to multiply" },
	{ HEAD "a: adaptive_avg_pool 4x8\nmatmul in a\n",
	  "x.net:5:1: layer 'matmul': found 3x32x32 and 3x4x8, expected as many channels and 32 rows in the second" },
	{ HEAD "conv_transpose 4 3 groups=2\n",
	  "x.net:4:1: layer 'conv_transpose': found 2 groups, expected a divisor of 3 input and 4 output channels" },
	{ HEAD "conv_transpose 4 3 out_pad=1\n",
	  "x.net:4:1: layer 'conv_transpose': found out_pad=1x1, expected less than the stride or the dilation" },
	{ HEAD "conv_transpose 4 1 pad=16\n",
	  "x.net:4:1: layer 'conv_transpose': found an output of 0x0, expected at least 1x1: the padding takes all of it" },
	{ HEAD "max_pool 2 pad_end=2\n",
	  "x.net:4:1: layer 'max_pool': found a padding of 2x2 at the end, expected less than the 2x2 window" },
	{ HEAD "avg_pool 2 pad_end=1\n",
	  "x.net:4:1: layer 'avg_pool': found another padding at the end, expected exclude_pad with it" },
	{ HEAD "group_norm 2\n", "x.net:4:1: layer 'group_norm': found 2 groups, expected a divisor of 3 channels" },
	{ HEAD "channel_shuffle 2\n",
	  "x.net:4:1: layer 'channel_shuffle': found 2 groups, expected a divisor of 3 channels" },
	{ HEAD "softmax axis=0\n", "x.net:4:14: found axis=0, expected an integer from 1 to 3" },
	{ HEAD "slice 1 3\n",
	  "x.net:4:1: layer 'slice': found 3 channels from 1 on in steps of 1, expected them among 3" },
	{ HEAD "slice 0 9 axis=2 step=4\n",
	  "x.net:4:1: layer 'slice': found 9 rows from 0 on in steps of 4, expected them among 32" },
	{ HEAD "reshape 3 32 31\n",
	  "x.net:4:1: layer 'reshape': found 3x32x31, expected as many values as in 3x32x32" },
	{ HEAD "permute 1 1 2\n", "x.net:4:1: layer 'permute': found 1 1 2, expected each of 1, 2 and 3 once" },
	{ HEAD "pad 32 reflect\n",
	  "x.net:4:1: layer 'pad': found an input of 32x32, expected more rows and columns than are reflected" },
	{ HEAD "pad 1 reflect edge\n", "x.net:4:1: layer 'pad': found both reflect and edge, expected one of them" },
	{ HEAD "resize\n", "x.net:4:1: layer 'resize': found no size, expected one of size and scale" },
	{ HEAD "resize size=4 scale=2\n",
	  "x.net:4:1: layer 'resize': found both size and scale, expected one of size and scale" },
	{ HEAD "resize size=4 align_corners\n",
	  "x.net:4:1: layer 'resize': found align_corners without bilinear, expected both or neither" },
	{ HEAD "embedding 9 4\n",
	  "x.net:4:1: layer 'embedding': found 3x32x32, expected a width of 1: one number for each row" },
	{ HEAD "a: adaptive_avg_pool 1\nb: conv 3 1\nembedding 9 4\n",
	  "x.net:6:1: layer 'embedding': found 'b', which learns, expected the images: numbers of rows have no gradient" },
	{ HEAD "learned 1 1 1 from in\n", "x.net:4:15: found 'from', expected the end of the statement" },
	{ HEAD "learned 1000000 1000000 1000000\n",
	  "x.net:4:1: layer 'learned': found an output of 1x1000000x1000000x1000000, expected at most 1099511627776 values" },
	{ HEAD "init lstm.bias zero\n",
	  "x.net:4:1: found 'lstm.bias', which has no such parameter, expected one of weight_input, weight_hidden, "
	  "bias_input, bias_hidden" },
	{ HEAD "use x\n", "x.net:4:5: found a network that uses itself ('x'), expected another one" },
	{ HEAD "use nosuch\n", "x.net:4:5: nosuch.net: cannot be read: No such file or directory" },
	{ HEAD "use nosuch 3\n",
	  "x.net:4:12: found a value without a name behind 'use nosuch', expected name=value" },
};

static void errors_name_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct fc_model_request request = request_for("x.net");
		struct fc_error err = { "" };
		struct fc_graph graph;

		if (!fc_model_read(&request, errors[i].text, strlen(errors[i].text), &graph, &err))
			fail_msg("no error from:\n%s", errors[i].text);
		if (strcmp(err.text, errors[i].error))
			fail_msg("found    %s\nexpected %s\nfrom:\n%s", err.text, errors[i].error, errors[i].text);
	}
}

static void bytes_that_are_no_text(void **state)
{
	static const char text[] = HEAD "conv 8 3\0\n" TAIL;

	(void)state;
	refuse(text, sizeof(text) - 1, "x.net:4:9: found a byte 0, expected text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_name_their_place),
		cmocka_unit_test(bytes_that_are_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
