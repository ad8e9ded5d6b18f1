# A network whose answer is an image is counted, training included.
cat >unet.net <<'END'
network unet
input 3x64x64
param width = 16
block double(out) { conv out 3 pad=1; relu; conv out 3 pad=1; relu }
left:   double width
max_pool 2
bottom: double 2*width
up:     conv_transpose width 2 stride=2
concat left up
right:  double width
conv 2 1
output any_shape
END
flopclock analyze ./unet.net --per-layer --phase training
flopclock analyze ./unet.net --classes 3
