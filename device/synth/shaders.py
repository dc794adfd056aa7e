"""The virtual runner's shaders, in two passes: where each pixel lies on the body, then its colour.

The first pass skins the body and cuts the clothes out of their shells; the second computes light,
cloth and pattern once for each visible pixel, which on a CPU (Mesa's llvmpipe) is what costs.
Layers: 0 skin, 1 shirt, 2 shorts, 3 jacket tied round the waist, 4 belt; 10 more means the same
material on a body that wears no shells (the mannequin).
"""

SURFACE_VERTEX = """#version 330
uniform mat4 bones[22]; uniform mat4 vp; uniform mat4 lvp; uniform vec3 sway; uniform float hz;
in vec3 pos; in vec3 nor; in vec3 rest; in float lay; in vec4 bi; in vec4 bw;
out vec3 v_rest; out vec3 v_nor; out vec3 v_wp; flat out float v_lay;
void main(){
  ivec4 i = ivec4(bi + .5);
  mat4 M = bones[i.x]*bw.x + bones[i.y]*bw.y + bones[i.z]*bw.z + bones[i.w]*bw.w;
  vec3 P = (M*vec4(pos, 1)).xyz;
  if (lay > .5 && lay < 1.5 || lay > 2.5 && lay < 3.5)
    P += sway*clamp((hz + .28 - rest.z)/.4, 0., 1.);
  v_rest = rest; v_nor = mat3(M)*nor; v_wp = P; v_lay = lay;
  gl_Position = vp*vec4(P, 1);
}"""

_CLOTHES = """
uniform float hz, S, neckz;
uniform vec4 hem;      // height above the hips, slope, wave, wave's frequency
uniform vec4 band;     // waistband: height, slope, bend, width
uniform float slen;    // shorts below the hips
uniform vec4 jacket;   // top, bottom, slope, on
uniform vec4 belt;     // height, slope, half width, on
float bandz(vec3 r){ return band.x + band.y*r.x + band.z*r.x*r.x*sign(-r.y); }
bool inShirt(vec3 r, float m){ float z = r.z - hz; float ax = abs(r.x);
  if (ax > .30*S + m) return false;
  if (z < hem.x + hem.y*r.x + hem.z*sin(r.x*hem.w + hem.w) - m) return false;
  if (ax > .20*S) return r.z > hz + .30*S;
  float n = neckz + .012*S - .25*max(0., .075*S - ax)*(r.y > 0. ? .8 : -.1);
  return r.z < n + m*.5; }
bool inShorts(vec3 r, float m){ float z = r.z - hz;
  return z < bandz(r) + m && z > -slen - m && abs(r.x) < .30*S; }
"""

SURFACE_FRAGMENT = (
    """#version 330
in vec3 v_rest; in vec3 v_nor; in vec3 v_wp; flat in float v_lay;
layout(location=0) out vec4 o_rest; layout(location=1) out vec4 o_nor;
layout(location=2) out vec4 o_wp;
"""
    + _CLOTHES
    + """
void main(){
  int l = int(v_lay + .5); vec3 r = v_rest; float z = r.z - hz;
  if (l == 0) { if (inShirt(r, -.012) || inShorts(r, -.012)) discard; }
  else if (l == 1) { if (!inShirt(r, 0.)) discard; }
  else if (l == 2) { if (!inShorts(r, 0.)) discard; }
  else if (l == 3) { float s = jacket.z*r.x;
    if (jacket.w < .5 || z > jacket.x + s || abs(r.x) > .30*S
        || z < jacket.y + s + .03*sin(r.x*17.) ) discard; }
  else if (l == 4) { if (belt.w < .5 || abs(z - belt.x - belt.y*r.x) > belt.z
        || abs(r.x) > .25*S) discard; }
  o_rest = vec4(r, float(l) + 1.); o_nor = vec4(gl_FrontFacing ? v_nor : -v_nor,
    gl_FrontFacing ? 1. : .45); o_wp = vec4(v_wp, 1);
}"""
)

DEPTH_FRAGMENT = """#version 330
in vec3 v_rest; in vec3 v_nor; in vec3 v_wp; flat in float v_lay;
void main(){ }"""

SCREEN_VERTEX = """#version 330
void main(){ vec2 p = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(p*2. - 1., 0, 1); }"""

SHADE_FRAGMENT = (
    """#version 330
uniform sampler2D g_rest, g_nor, g_wp, shadow; uniform sampler3D noise;
uniform mat4 lvp; uniform vec3 eye, L, kcol, fcol, Fd, alo, ahi; uniform float light, shadowed;
uniform vec3 cskin, ctrim; uniform vec3 colour[4]; uniform vec3 colour2[4];
uniform ivec4 pattern; uniform vec4 weave[4]; uniform vec4 bumps; uniform float bumpf, sidew;
uniform vec4 logo[4]; uniform vec3 logoc[4]; uniform float logoback;
out vec4 o;
"""
    + _CLOTHES
    + """
vec3 patterned(vec3 c, vec3 r, int k, vec4 p, vec3 c2, float n){
  float u = r.x*p.y + r.z*p.z;
  if (k == 1) c = mix(c, c2, step(fract(u*p.x + p.w), .4));
  else if (k == 2) c = mix(c, c2, step(.5, fract(r.x*p.x + p.w))*step(.5, fract(r.z*p.x*1.1)));
  else if (k == 3) c = mix(c, c2, smoothstep(.4, .6, texture(noise, r*p.x*.05 + p.w).x));
  else if (k == 4) c = mix(c, c2, step(abs(p.y)*.15, abs(r.x)));
  else if (k == 5) c = mix(c, c2, clamp((r.z - hz)*3. + p.y*.5, 0., 1.));
  else if (k == 6) c = mix(c, c2, texture(noise, r*p.x*.12 + p.w).x);
  else if (k == 7) c = mix(c, c2, step(fract(r.z*p.x + p.w), .3)*.8
                                  + .2*step(fract(r.x*p.x*.7), .3));
  return c; }
void main(){
  ivec2 px = ivec2(gl_FragCoord.xy); vec4 R = texelFetch(g_rest, px, 0);
  if (R.w < .5) { o = vec4(0); return; }
  vec4 NN = texelFetch(g_nor, px, 0); vec3 wp = texelFetch(g_wp, px, 0).xyz;
  vec3 r = R.xyz; int l = int(R.w - .5); if (l >= 10) l -= 10;
  vec3 N = normalize(NN.xyz), V = normalize(eye - wp), c; float spec = .05, z = r.z - hz;
  vec4 n = texture(noise, r*vec3(.69, .69, .41)*bumpf*1.6);
  if (l == 0) { c = cskin*(.92 + .16*n.x); spec = .12; }
  else {
    int k = l - 1; c = patterned(colour[k], r, pattern[k], weave[k], colour2[k], n.x);
    if (k < 2) for (int i = 2*k; i < 2*k + 2; i++) {
      vec2 d = vec2(r.x - logo[i].x, z - logo[i].y)/logo[i].zw;
      if (r.y < logoback && (i%2 == 0 ? dot(d, d) < 1. : max(abs(d.x), abs(d.y)) < 1.))
        c = logoc[i]; }
    if (k == 0 && z < hem.x + hem.y*r.x + .012) c *= .8;
    if (k == 1) { float b = bandz(r);
      if (abs(r.x) > .155*S && z < .10 && abs(r.y) < sidew) c = ctrim;
      if (z < -slen + .012) c *= .75;
      if (z > b - band.w && z < b) c = ctrim;
      if (abs(r.x) < .004 && z < b) c *= .8; }
    N = normalize(N - bumps[k]*(n.yzw - .5)*4.); spec = .03;
  }
  c *= NN.w;
  vec4 ls = lvp*vec4(wp, 1); vec3 q = ls.xyz/ls.w*.5 + .5; float sh = 0.;
  for (int i = 0; i < 4; i++) { vec2 d = vec2(i & 1, i >> 1) - .5;
    sh += texture(shadow, q.xy + d/256.).r + .004 < q.z ? 0. : .25; }
  if (q.x < 0. || q.x > 1. || q.y < 0. || q.y > 1.) sh = 1.;
  sh = mix(1., sh, shadowed);
  float ndl = max(dot(N, L), 0.)*sh, fill = max(dot(N, Fd), 0.);
  vec3 amb = mix(alo, ahi, .5 + .5*N.z);
  float sp = spec*pow(max(dot(N, normalize(L + V)), 0.), 20.)*sh;
  vec3 res = c*(amb + kcol*ndl + fcol*fill) + sp;
  o = vec4(pow(clamp(res*light, 0., 1.), vec3(1./2.2)), 1);
}"""
)
