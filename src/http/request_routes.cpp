// What waits for a second person about a line: looking at it, signing it, refusing it. The rules are the domain's
// (domain/second_person.hpp).
#include "http/commands.hpp"
#include "http/request_views.hpp"
#include "http/routes.hpp"

#include <charconv>

namespace keepline::http {

using base::code;
using base::refuse;

request_view request_of(const engine::stream_view& of, const domain::second_request& asked, const domain::actor& reader,
                        instant now) {
    request_view out;
    out.serial = asked.serial;
    out.act = asked.what;
    out.effect = std::string(domain::what_it_does(asked.what));
    out.command = asked.command;
    if (const auto shown = domain::shown_command(asked)) out.details = {base::to_json(*shown, base::form::api)};
    out.by = asked.by;
    out.channel = asked.through;
    out.at = asked.at;
    out.expires_at = asked.expires_at;
    out.state = asked.state == domain::request_state::waiting && !asked.waits(now) ? domain::request_state::expired
                                                                                   : asked.state;
    if (asked.state != domain::request_state::waiting) {
        out.answered_by = asked.answered_by;
        out.answered_at = asked.answered_at;
    }
    if (!asked.reason.empty()) out.reason = asked.reason;
    const auto why_not = domain::why_not_sign(of.number(), asked, reader, now);
    out.may_sign = !why_not;
    if (why_not) out.why_not = why_not->words;
    return out;
}

const domain::second_request* wanted_in(const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* wanted = event == nullptr ? nullptr : std::get_if<domain::second_wanted>(event);
        if (wanted != nullptr) return &wanted->asked;
    }
    return nullptr;
}

void answer_request(const call_ptr& c, const engine::answer& done, const domain::second_request& asked, int status) {
    auto out = json_answer(request_of(*done.view, asked, c->who.who, c->now()), status);
    add_version(out, done.view->revision(), done.replayed);
    c->answer(std::move(out));
}

void list_requests(const call_ptr& c) {
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    std::vector<request_view> items;
    for (const auto& one : (*line)->number().asked.list) items.push_back(request_of(**line, one, c->who.who, c->now()));
    auto out = page_answer(items, {});
    add_version(out, (*line)->revision(), false);
    c->answer(std::move(out));
}

namespace {

std::optional<int> serial_of(std::string_view text) {
    int out = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, out);
    if (failure != std::errc() || stopped != end || out < 1) return std::nullopt;
    return out;
}

/// The answer to a request is the request as it is afterwards.
void answer_to_request(const call_ptr& c, const engine::view_ptr& line, int serial, domain::number_command what) {
    submit(c, submission_of(*c, line->key, std::move(what)),
           [serial](const call_ptr& same, const engine::answer& done) {
               const auto* asked = done.view->number().asked.find(serial);
               if (asked == nullptr) return same->refuse({code::not_found, "There is no such request."});
               answer_request(same, done, *asked, 200);
           });
}

template <typename Body, typename Make>
void on_request(const call_ptr& c, Make make) {
    auto in = body_of<Body>(*c);
    if (!in) return c->refuse(in.error());
    const auto line = line_for(*c, c->args[0]);
    if (!line) return c->refuse(line.error());
    const auto serial = serial_of(c->args[1]);
    if (!serial) return c->refuse({code::not_found, "There is no such request."});
    answer_to_request(c, *line, *serial, make(*serial, std::move(*in)));
}

}  // namespace

void countersign_request(const call_ptr& c) {
    on_request<nothing>(c, [](int serial, nothing) { return domain::countersign{serial}; });
}

void refuse_request(const call_ptr& c) {
    on_request<reason_body>(
        c, [](int serial, reason_body in) { return domain::refuse_second{serial, std::move(in.reason)}; });
}

}  // namespace keepline::http
