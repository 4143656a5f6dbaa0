// From a route to a use case of the desk and back: a handler is `ask<&desk::desk::top_up>`. The body is decoded into
// what the use case takes, the variable parts of the path are its ids, and what it tells is written as
// api/openapi.yaml has it.
#pragma once

#include "api/call.hpp"
#include "api/routes.hpp"
#include "desk/desk.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace keepline::api {

// -- what the desk tells, as a response

template <typename View>
response response_of(const View& view) {
    return json_answer(view);
}
inline response response_of(const desk::done_told&) {
    response out;
    out.status = 204;
    out.type = {};
    return out;
}
inline response response_of(desk::shown_once_told told) {
    response out;
    out.status = told.waits ? 202 : 201;
    out.body = std::move(told.text);
    if (told.version != 0)
        add_version(out, told.version, told.replayed);
    else if (told.replayed)
        out.headers.push_back({"Idempotency-Replayed", "true"});
    return out;
}
inline response response_of(const desk::sign_in_told& told) { return json_answer(told, 201); }
inline response response_of(const desk::webhook_told& told) {
    return std::visit(
        []<typename Is>(const Is& is) {
            return json_answer(is, std::is_same_v<Is, desk::webhook_asked_view> ? 202 : 200);
        },
        told);
}
inline response response_of(desk::drawing told) {
    response out;
    out.type = told.type;
    out.body = std::move(told.content);
    return out;
}
template <typename Item>
response response_of(const desk::page_of<Item>& page) {
    auto out = page_answer(page.items, page.next);
    if (page.version) add_version(out, *page.version, false);
    return out;
}
template <typename View>
response response_of(const desk::told<View>& told) {
    auto out = std::visit(
        [&]<typename Is>(const Is& is) {
            // It is not done yet: another must sign it, or see to the money that no line took.
            constexpr bool waits = std::is_same_v<Is, desk::request_view> ||
                                   (std::is_same_v<View, std::variant<desk::line_view, desk::unclaimed_view>> &&
                                    std::is_same_v<Is, desk::unclaimed_view>);
            return json_answer(is, waits ? 202 : told.made ? 201 : 200);
        },
        told.is);
    if (told.version != 0) add_version(out, told.version, told.replayed);
    return out;
}
inline response response_of(const desk::told<desk::request_view>& told) {
    auto out = json_answer(told.is, told.made ? 202 : 200);
    if (told.version != 0) add_version(out, told.version, told.replayed);
    return out;
}
/// The end of a call that the desk answers.
template <typename T>
desk::reply<T> told_to(const call_ptr& c) {
    return [c](result<T> told) {
        if (!told) return c->refuse(told.error());
        c->answer(response_of(*std::move(told)));
    };
}

// -- what a use case takes, from the call

template <std::size_t Index, typename Wanted>
struct part;
/// An id in the path.
template <std::size_t Index>
struct part<Index, const std::string&> {
    static std::string of(const call& c) { return std::string(c.args[Index]); }
    static constexpr std::size_t next = Index + 1;
};
template <std::size_t Index>
struct part<Index, result<paging>> {
    static result<paging> of(const call& c) { return paging_of(c); }
    static constexpr std::size_t next = Index;
};
/// The one word that the query may have: why somebody looks, in which language they read.
template <std::size_t Index>
struct part<Index, result<std::string>> {
    static result<std::string> of(const call& c) { return query_value(c, c.matched->query); }
    static constexpr std::size_t next = Index;
};
template <std::size_t Index>
struct part<Index, result<desk::closure_filter>> {
    static result<desk::closure_filter> of(const call& c) {
        TRY(stage, query_value(c, "stage"));
        TRY(overdue, query_value(c, "overdue"));
        desk::closure_filter out{std::move(stage), std::move(overdue)};
        for (const auto& [name, value] : {std::pair("order", &out.order), std::pair("channel", &out.channel),
                                          std::pair("risk", &out.risk), std::pair("claimed_by", &out.claimed_by)}) {
            TRY(given, query_value(c, name));
            *value = std::move(given);
        }
        return out;
    }
    static constexpr std::size_t next = Index;
};
template <std::size_t Index>
struct part<Index, result<desk::check_filter>> {
    static result<desk::check_filter> of(const call& c) {
        TRY(kind, query_value(c, "kind"));
        return desk::check_filter{std::move(kind)};
    }
    static constexpr std::size_t next = Index;
};
template <std::size_t Index>
struct part<Index, result<desk::effect_filter>> {
    static result<desk::effect_filter> of(const call& c) {
        TRY(state, query_value(c, "state"));
        TRY(destination, query_value(c, "destination"));
        return desk::effect_filter{std::move(state), std::move(destination)};
    }
    static constexpr std::size_t next = Index;
};
template <std::size_t Index>
struct part<Index, result<desk::esim_filter>> {
    static result<desk::esim_filter> of(const call& c) {
        desk::esim_filter out;
        for (const auto& [name, value] :
             {std::pair("iccid", &out.iccid), std::pair("eid", &out.eid), std::pair("state", &out.state),
              std::pair("type", &out.type), std::pair("matching_id", &out.matching_id)}) {
            TRY(given, query_value(c, name));
            *value = std::move(given);
        }
        return out;
    }
    static constexpr std::size_t next = Index;
};
template <std::size_t Index, typename Body>
struct part<Index, result<Body>> {
    static result<Body> of(const call& c) { return body_of<Body>(c); }
    static constexpr std::size_t next = Index;
};
/// Read where it is long enough to take time: on a side thread.
template <std::size_t Index, typename Body>
struct part<Index, std::function<result<Body>()>> {
    static std::function<result<Body>()> of(const call_ptr& c) {
        return [c] { return body_of<Body>(*c); };
    }
    static constexpr std::size_t next = Index;
};

template <typename T>
struct use_case_of;
template <typename T>
struct use_case_of<void (desk::desk::*)(desk::request, desk::reply<T>)> {
    template <auto Run>
    static void run(const call_ptr& c) {
        (c->api->at.*Run)(c->asking(), told_to<T>(c));
    }
};
template <typename A, typename T>
struct use_case_of<void (desk::desk::*)(desk::request, A, desk::reply<T>)> {
    template <auto Run>
    static void run(const call_ptr& c) {
        (c->api->at.*Run)(c->asking(), part<0, A>::of(*c), told_to<T>(c));
    }
};
template <typename A, typename B, typename T>
struct use_case_of<void (desk::desk::*)(desk::request, A, B, desk::reply<T>)> {
    template <auto Run>
    static void run(const call_ptr& c) {
        using first = part<0, A>;
        if constexpr (requires { part<first::next, B>::of(*c); })
            (c->api->at.*Run)(c->asking(), first::of(*c), part<first::next, B>::of(*c), told_to<T>(c));
        else
            (c->api->at.*Run)(c->asking(), first::of(*c), part<first::next, B>::of(c), told_to<T>(c));
    }
};
template <typename A, typename B, typename C, typename T>
struct use_case_of<void (desk::desk::*)(desk::request, A, B, C, desk::reply<T>)> {
    template <auto Run>
    static void run(const call_ptr& c) {
        using first = part<0, A>;
        using second = part<first::next, B>;
        (c->api->at.*Run)(c->asking(), first::of(*c), second::of(*c), part<second::next, C>::of(*c), told_to<T>(c));
    }
};

/// A handler of a route.
template <auto Run>
void ask(const call_ptr& c) {
    use_case_of<decltype(Run)>::template run<Run>(c);
}

}  // namespace keepline::api
