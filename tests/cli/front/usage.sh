flopclock
echo "exit $?"
flopclock frobnicate
echo "exit $?"
flopclock help nothing
echo "exit $?"
flopclock version extra
echo "exit $?"
flopclock help --completion fish
echo "exit $?"
flopclock trace --nothing
echo "exit $?"
flopclock help > /dev/full
echo "exit $?"
