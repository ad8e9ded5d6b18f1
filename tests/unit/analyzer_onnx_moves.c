/* Ops that move values, and those that only show them differently. */
#include "analyzer_onnx_row.h"

/* -------- moved -------- */

#define RELU		"relu_elements=960 relu_module_elements=960"
#define THEN_RELU(node) node " -> z; Relu z -> y"

static void moves(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, "Slice x -> y starts=[1] ends=[3] axes=[1]", "2 2 8 10", "slice", "" },
		{ 10,
		  IMAGE "; tensor s int64 1 : 1; tensor e int64 1 : 9223372036854775807; tensor a int64 1 : -1; "
			"tensor t int64 1 : 3",
		  "Slice x,s,e,a,t -> y", "2 6 8 3", "slice", "" },
		{ 10,
		  IMAGE "; tensor s int64 1 : -1; tensor e int64 1 : -9223372036854775807; tensor a int64 1 : 2; "
			"tensor t int64 1 : -2",
		  "Slice x,s,e,a,t -> y", "2 6 4 10", "Slice", "" },
		{ 10, IMAGE "; tensor s int64 2 : 0 2; tensor e int64 2 : 1 4; tensor a int64 2 : 0 1",
		  "Slice x,s,e,a -> y", "1 2 8 10", "Slice", "" },
		{ 7, IMAGE, "Split x -> a,y,c axis=1 split=[1,2,3]", "2 2 8 10", "slice", "" },
		{ 13, IMAGE "; tensor s int64 3 : 1 2 3", "Split x,s -> a,b,y axis=1", "2 3 8 10", "slice", "" },
		{ 18, IMAGE, "Split x -> a,b,y,e axis=1 num_outputs=4", "2 2 8 10", "slice", "" },
		{ 7, IMAGE, "Split x -> a,y axis=3", "2 6 8 5", "slice", "" },
		{ 7, IMAGE "; tensor i int64 : 2", "Gather x,i -> y axis=1", "2 8 10", "slice", "" },
		{ 7, IMAGE "; tensor i int64 2 3 : 0 1 2 3 4 -1", "Gather x,i -> y axis=1", "2 2 3 8 10", "Gather",
		  "" },
		{ 7, "input i int64 2 5; tensor w float 100 8", "Gather w,i -> y", "2 5 8", "embedding",
		  "params=800" },
		{ 7, "input i int64 2 5; tensor w float 100 4 8", "Gather w,i -> y axis=1", "100 2 5 8", "Gather",
		  "params=3200" },
		{ 11, IMAGE "; input i int64 2 6 8 3", "GatherElements x,i -> y axis=3", "2 6 8 3", "GatherElements",
		  "" },
		{ 12, IMAGE "; input i int64 2 7 2", "GatherND x,i -> y batch_dims=1", "2 7 10", "GatherND", "" },
		{ 7, IMAGE, "Pad x -> y pads=[0,0,1,2,0,0,3,4] mode='reflect'", "2 6 12 16", "pad", "" },
		{ 11, IMAGE "; tensor p int64 8 : 0 0 1 1 0 0 0 0; tensor v float : 0", "Pad x,p,v -> y", "2 6 9 11",
		  "pad", "" },
		{ 18, IMAGE "; tensor p int64 2 : 1 1; tensor a int64 1 : 1", "Pad x,p,_,a -> y", "2 8 8 10", "Pad",
		  "" },
		{ 11, IMAGE "; tensor p int64 8 : 0 0 0 0 0 0 0 0", "Pad x,p -> z; Relu z -> y", "2 6 8 10", "relu",
		  RELU },
		{ 13, IMAGE "; tensor r int64 4 : 1 2 1 3", "Tile x,r -> y", "2 12 8 30", "Tile", "" },
		{ 13, "input x float 2 8 3 5", "DepthToSpace x -> y blocksize=2", "2 2 6 10", "DepthToSpace", "" },
		{ 13, IMAGE, "SpaceToDepth x -> y blocksize=2", "2 24 4 5", "SpaceToDepth", "" },
		{ 11, "input x int64 2 5; tensor d int64 : 7; tensor v float 2", "OneHot x,d,v -> y axis=1", "2 7 5",
		  "OneHot", "" },
		{ 11, IMAGE "; tensor k int64 1 : 3", "TopK x,k -> y,i axis=1", "2 3 8 10", "TopK", "" },
		{ 7, IMAGE, "TopK x -> y,i axis=1 k=3", "2 3 8 10", "TopK", "" },
		{ 16, IMAGE "; input i int64 4 2; input u float 4 8 10", "ScatterND x,i,u -> y", "2 6 8 10",
		  "ScatterND", "" },
		{ 18, "input x float 2 24 30; tensor i int64 2 : 6 7; tensor b int64 2 : 2 3", "Col2Im x,i,b -> y",
		  "2 4 6 7", "Col2Im", "" },
		{ 19, IMAGE "; tensor n int64 2 : 4 4",
		  "Resize x,_,_,n -> y axes=[2,3] keep_aspect_ratio_policy='not_larger'", "2 6 3 4", "Resize", "" },
		{ 19, IMAGE "; tensor n int64 2 : 4 4",
		  "Resize x,_,_,n -> y axes=[2,3] keep_aspect_ratio_policy='not_smaller'", "2 6 4 5", "Resize", "" },
		{ 14, IMAGE, "Trilu x -> y", "2 6 8 10", "Trilu", "" },
		{ 16, IMAGE "; input g float 2 5 4 2", "GridSample x,g -> y", "2 6 5 4", "GridSample", "" },
		/* A learned row in front of those of every image. */
		{ 13, "input x float 2 5 6; tensor p float 1 1 6; tensor s int64 3 : 2 1 6",
		  "Expand p,s -> e; Concat e,x -> y axis=1", "2 6 6", "concat", "concat_elements=72 params=6" },
		{ 18, IMAGE "; tensor n int64 2 : 5 12", "CenterCropPad x,n -> y axes=[-1,1]", "2 12 8 5",
		  "CenterCropPad", "" },
		{ 20, "input t float 2 2 3; tensor s int64 4 : 2 6 5 4", "AffineGrid t,s -> y", "2 5 4 2",
		  "AffineGrid", "" },
		{ 7, IMAGE, "Upsample x -> y scales=[1.0,1.0,2.0,2.0] mode='nearest'", "2 6 16 20", "resize", "" },
		{ 9, IMAGE "; tensor s float 4 : 1 1 2 2", "Upsample x,s -> y mode='nearest'", "2 6 16 20", "resize",
		  "" },
		{ 10, IMAGE "; tensor s float 4 : 1 1 0.5 0.3", "Resize x,s -> y mode='linear'", "2 6 4 3", "Resize",
		  "" },
		{ 10, IMAGE "; tensor s float 4 : 1 1 2 2", "Resize x,s -> y mode='nearest'", "2 6 16 20", "resize",
		  "" },
		{ 18, IMAGE "; tensor s float 4 : 1 1 2 2",
		  "Resize x,_,s -> y coordinate_transformation_mode='asymmetric' nearest_mode='floor' antialias=0",
		  "2 6 16 20", "resize", "" },
		{ 11, IMAGE "; tensor r float 0; tensor s float 4 : 1 1 2 2",
		  "Resize x,r,s -> y coordinate_transformation_mode='asymmetric' "
		  "nearest_mode='floor'",
		  "2 6 16 20", "resize", "" },
		{ 13, IMAGE "; tensor n int64 4 : 2 6 5 7", "Resize x,_,_,n -> y mode='cubic'", "2 6 5 7", "Resize",
		  "" },
		{ 18, IMAGE "; tensor n int64 2 : 5 7", "Resize x,_,_,n -> y mode='linear' axes=[2,3]", "2 6 5 7",
		  "resize", "" },
		{ 18, IMAGE "; tensor n int64 2 : 8 10", "Resize x,_,_,n -> z axes=[2,3]; Relu z -> y", "2 6 8 10",
		  "relu", RELU },
		{ 13, IMAGE "; tensor s int64 5 : 2 2 3 8 10; tensor u int64 4 : 2 6 8 10",
		  "Reshape x,s -> g; Transpose g -> t perm=[0,2,1,3,4]; Reshape t,u -> y", "2 6 8 10",
		  "channel_shuffle", "" },
		{ 13, IMAGE "; tensor u int64 2 : 2 -1", "Transpose x -> t perm=[0,2,3,1]; Reshape t,u -> y", "2 480",
		  "permute", "" },
		{ 13, IMAGE "; tensor u int64 2 : 12 -1", "Transpose x -> t perm=[1,0,2,3]; Reshape t,u -> y",
		  "12 80", "Reshape", "" },
	};

	(void)state;
	CHECK(rows);
}

/* Nothing is left of these but the layer behind them. */
static void views(void **state)
{
	static const struct row rows[] = {
		{ 7, IMAGE, THEN_RELU("Identity x"), "2 6 8 10", "relu", RELU },
		{ 7, IMAGE, THEN_RELU("Dropout x"), "2 6 8 10", "relu", RELU },
		{ 12, IMAGE "; tensor r float : 0.3; tensor t bool : 1", "Dropout x,r,t -> y,m", "2 6 8 10",
		  "dropout", "" },
		{ 12, IMAGE "; tensor r float : 0", THEN_RELU("Dropout x,r"), "2 6 8 10", "relu", RELU },
		{ 7, IMAGE, THEN_RELU("Flatten x"), "2 480", "relu", RELU },
		{ 9, IMAGE, THEN_RELU("Flatten x"), "2 480", "relu", RELU },
		{ 11, IMAGE, "Flatten x -> z axis=-1; Relu z -> y", "96 10", "relu", RELU },
		{ 11, IMAGE, "Flatten x -> z axis=0; Relu z -> y", "1 960", "relu", RELU },
		{ 7, IMAGE "; tensor s int64 3 : 0 -1 10", THEN_RELU("Reshape x,s"), "2 48 10", "relu", RELU },
		{ 14, "input x float 2 6; tensor s int64 2 : 6 2", "Reshape x,s -> z allowzero=1; Relu z -> y", "6 2",
		  "relu", "relu_elements=12 relu_module_elements=12" },
		{ 7, "input x float 2 1 6 1", "Squeeze x -> z axes=[1]; Relu z -> y", "2 6 1", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 13, "input x float 2 1 6 1", THEN_RELU("Squeeze x"), "2 6", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 13, "input x float 2 1 6 1; tensor a int64 1 : -1", THEN_RELU("Squeeze x,a"), "2 1 6", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 7, "input x float 2 6", "Unsqueeze x -> z axes=[0,3]; Relu z -> y", "1 2 6 1", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 13, "input x float 2 6; tensor a int64 1 : -1", THEN_RELU("Unsqueeze x,a"), "2 6 1", "relu",
		  "relu_elements=12 relu_module_elements=12" },
		{ 7, IMAGE, THEN_RELU("Cast x"), "2 6 8 10", "relu", RELU },
		{ 15, IMAGE "; tensor l float16 1", THEN_RELU("CastLike x,l"), "2 6 8 10", "relu", RELU },
		{ 13, "input x float 2 1 6; tensor s int64 3 : 2 5 6", THEN_RELU("Expand x,s"), "2 5 6", "Relu",
		  "relu_elements=60 relu_module_elements=60" },
		{ 13, IMAGE, "Transpose x -> z; Relu z -> y", "10 8 6 2", "relu", RELU },
		{ 13, IMAGE,
		  "Transpose x -> a perm=[0,2,1,3]; Transpose a -> b perm=[0,2,1,3]; MaxPool b -> y "
		  "kernel_shape=[1,1]",
		  "2 6 8 10", "max_pool", "max_pool_in=960 max_pool_out=960" },
		{ 13, IMAGE, "Transpose x -> a perm=[0,3,1,2]; MaxPool a -> y kernel_shape=[1,1]", "2 10 6 8",
		  "max_pool", "max_pool_in=960 max_pool_out=960" },
		{ 13, IMAGE, "Transpose x -> a perm=[1,0,2,3]; MaxPool a -> y kernel_shape=[1,1]", "6 2 8 10",
		  "MaxPool", "max_pool_in=960 max_pool_out=960" },
	};

	(void)state;
	CHECK(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
