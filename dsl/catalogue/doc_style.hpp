// The style sheet of the HTML catalogue. Colours keep a contrast of at least 4.5 to 1 in both schemes.
#pragma once

#include <string_view>

namespace riskd::dsl {

inline constexpr std::string_view doc_style = R"css(
:root { color-scheme: light dark; --text: #1d2330; --faint: #5a6375; --page: #ffffff; --card: #f6f7f9;
  --line: #d9dde4; --link: #0b57a4; --mark: #7a3e00; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e7ed; --faint: #a3abba; --page: #14171d; --card: #1c2028; --line: #343a46;
    --link: #8ab8f2; --mark: #f0b978; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.frame { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto;
  padding: 1.5rem 1rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav ul ul { padding-left: .9rem; font-size: .95em; }
nav li { margin: .25rem 0; }
nav > ul > li { margin-top: .7rem; font-weight: 600; }
nav ul ul li { font-weight: 400; }
nav a { text-decoration: none; }
nav [aria-current] { color: var(--text); }
main { padding: 1.5rem 2rem 4rem; min-width: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1.5rem; }
h2 { font-size: 1.45rem; margin: 2.5rem 0 .8rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
h4 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
h5, h6 { font-size: .95rem; margin: 1.2rem 0 .4rem; }
h1, h2, h3, h4, h5, h6 { text-wrap: balance; break-after: avoid; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font: .85em/1.4 ui-monospace, SFMono-Regular, Menlo, "Liberation Mono", monospace;
  background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: .05em .35em;
  overflow-wrap: anywhere; }
h2 code, h3 code, h4 code, h5 code { font-weight: 400; font-size: .75rem; color: var(--faint);
  vertical-align: middle; }
em a { font-style: italic; }
strong { color: var(--mark); font-weight: 600; }
blockquote { margin: .6rem 0; padding: .5rem 1rem; border-left: 3px solid var(--line);
  background: var(--card); border-radius: 0 6px 6px 0; max-width: 46rem; }
blockquote p { margin: .3rem 0; }
.table { overflow-x: auto; margin: .8rem 0 1.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem; border-bottom: 1px solid var(--line); }
th:first-child { width: 36%; }
th { color: var(--faint); font-weight: 600; font-size: .82rem; }
main ul { padding-left: 1.3rem; max-width: 46rem; }
section.card { border: 1px solid var(--line); border-radius: 10px; padding: .2rem 1.2rem 1rem; margin: 1.2rem 0; }
section.card > :first-child { margin-top: .9rem; border-bottom: 0; padding-bottom: 0; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--page); padding: .5rem; z-index: 1; }
@media (max-width: 50rem) {
  .frame { display: block; }
  nav { position: static; max-height: none; border-right: 0; border-bottom: 1px solid var(--line); }
  nav ul ul { display: none; }
  main { padding: 1.2rem 1rem 3rem; }
}
@media print {
  :root { --text: #000; --faint: #444; --page: #fff; --card: #fff; --line: #bbb; --link: #000; --mark: #000; }
  nav, .skip { display: none; }
  .frame { display: block; max-width: none; }
  body { font-size: 10pt; }
  main { padding: 0; }
  tr, blockquote { break-inside: avoid; }
  main a[href^="https"]::after { content: " (" attr(href) ")";
font - size : .8em;
overflow - wrap : anywhere;
}
}
)css";

}  // namespace riskd::dsl
