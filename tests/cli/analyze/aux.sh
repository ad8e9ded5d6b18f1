flopclock analyze googlenet --set aux=true --pass train --phase forward
flopclock analyze googlenet --set aux=true --pass validate --phase forward
