// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "daemon/model/value.h"

namespace userd::ctl {

// How a field's value is to be read and shown.
// escaped: bytes as text, a backslash as \\, control characters and what is no UTF-8 as \xNN.
enum class Shape { text, number, flag, time, list, table, escaped };

// The one set of names (docs/reference/fields.md), as userctl shows them.
struct Field {
    std::string_view name;
    Shape shape;
    std::string_view of;  // the objects that have it: letters of u(ser), g(roup), (mem)b(er), k(ey), m(fa),
                          // s(tatus), c(onfig), l(og), (log --)v(erify),
                          // (f)i(nding), (b)a(ckup), r(ole), (role)h(older), r(e)source, ad(o)ption, ssh (x),
                          // (explain) (j)udges, (report) (w)ho, (password polic)y, (password) (t)est,
                          // (d)octor, (ldap) (P)eer, (ldap) (q)uarantine, check --compare (z),
                          // (codes that cou)n(t again), (what be)f(ell on the host); *: a user's is private
    std::string_view meaning;
};

std::span<const Field> all_fields();
const Field* find_field(std::string_view name);
std::vector<const Field*> fields_of(char object);  // in the order in which they are shown
bool is_private(const Field& field);               // of a user
bool hides_private(const Fields& user);            // a record for somebody who may not see such fields
Shape shape_of(std::string_view name);             // text for a name that is not known

}  // namespace userd::ctl
