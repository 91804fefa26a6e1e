// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <type_traits>

#include "daemon/bus/action.h"
#include "daemon/bus/connection.h"

// What sd-bus calls for a row of a table: `(on_call<&UserObject::rename, Action::manage_users>)`. An object
// class offers
//     static Result<T> find(Core&, const Call&);      // by the path, or afresh by call.subject()
//     ObjectId id() const;                            // what it is bound to while polkit is asked
//     bool belongs_to(const Call&) const;             // the caller is the account itself
// and, for getters, `static Result<T> at(Core&, std::string_view path)`.
namespace userd::bus {

template <typename T>
struct OwnerOf;
template <typename Object>
struct OwnerOf<Result<void> (Object::*)(Call&)> {
    using type = Object;
};
template <typename Object, typename T>
struct OwnerOf<T (Object::*)() const> {
    using type = Object;
};

template <auto Handler, Action action, Action self = Action::none>
int on_call(sd_bus_message* message, void* connection, sd_bus_error*) noexcept {
    static_assert(action != Action::none, "every row names who may");
    static_assert(self == Action::none || is_self(self));
    using Object = typename OwnerOf<decltype(Handler)>::type;
    static constexpr Row row{action, self,
                             [](Core& core, const Call& call) -> Result<Standing> {
                                 const Object object = TRY(Object::find(core, call));
                                 return Standing{object.id(), object.belongs_to(call)};
                             },
                             [](Core& core, Call& call) -> Result<void> {
                                 Object object = TRY(Object::find(core, call));
                                 return (object.*Handler)(call);
                             }};
    if (message == nullptr) {  // rights_page asks who may
        *static_cast<const Row**>(connection) = &row;
        return 0;
    }
    static_cast<Connection*>(connection)->take(message, row);
    return 1;
}

// Properties have no caller to tell apart: sd-bus answers Get and GetAll itself. So they are for anyone, and
// say so.
template <auto Getter, Action action>
int on_get(sd_bus*, const char* path, const char*, const char*, sd_bus_message* reply, void* connection,
           sd_bus_error* error) noexcept {
    static_assert(action == Action::anyone, "a property is seen by anyone");
    using Object = typename OwnerOf<decltype(Getter)>::type;
    return answer_get(error, [&]() -> Result<int> {
        const Object object = TRY(Object::at(static_cast<Connection*>(connection)->core(), path));
        return write(reply, (object.*Getter)());
    });
}

}  // namespace userd::bus
