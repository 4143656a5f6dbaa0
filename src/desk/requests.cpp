// What waits for a second person, wherever it does: looking at it, signing it, refusing it. The rules are the domain's
// (domain/second_person.hpp).
#include "desk/esim_views.hpp"
#include "desk/identifiers.hpp"
#include "desk/taking.hpp"
#include "domain/reference.hpp"
#include "engine/codec.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

void answer_list(const ask_ptr<page_of<request_view>>& c, const result<engine::view_ptr>& of) {
    if (!of) return c->refuse(of.error());
    std::vector<request_view> items;
    for (const auto& one : engine::asked_of(**of)->list) items.push_back(request_of(*c, **of, one));
    c->answer({std::move(items), {}, (*of)->revision()});
}

using request_ask = ask_ptr<told<request_view>>;

void answer_as_it_is(const request_ask& c, const engine::answer& done, int serial) {
    const auto* found = engine::asked_of(*done.view)->find(serial);
    if (found == nullptr) return c->refuse({code::not_found, "There is no such request."});
    c->answer({request_of(*c, *done.view, *found), done.view->revision(), done.replayed});
}

using finder = result<engine::view_ptr> (*)(const asked&, std::string_view);

template <typename Command, typename Body, typename Make>
void on_request(services& of, const use_case& what, request by, finder find, const std::string& about,
                const std::string& which, said<Body> in, reply<told<request_view>> then, Make make) {
    take(of, what, std::move(by), std::move(then), [&](const request_ask& c) {
        if (!in) return c->refuse(in.error());
        const auto found = find(*c, about);
        if (!found) return c->refuse(found.error());
        const auto serial = serial_in(which);
        if (!serial) return c->refuse({code::not_found, "There is no such request."});
        const auto answer = make(*serial, std::move(*in));
        if constexpr (std::is_same_v<decltype(answer), const domain::countersign>)
            if (auto may = check_signing(*c, engine::asked_of(**found)->find(*serial)); !may)
                return c->refuse(may.error());
        // The answer to a request is the request as it is afterwards.
        submit(c, submission_of(*c, (*found)->key, Command(answer)),
               [serial = *serial](const request_ask& same, const engine::answer& done) {
                   answer_as_it_is(same, done, serial);
               });
    });
}

domain::countersign signing(int serial, nothing) { return {serial}; }
domain::refuse_second refusing(int serial, reason_body in) { return {serial, std::move(in.reason)}; }

}  // namespace

namespace {

request_subject line_subject(const engine::stream_view& of) {
    const auto& s = of.number();
    request_subject out{"line", of.public_id, s.number.text(), {}};
    const auto& reference = s.current && !s.current->reference.empty() ? s.current->reference
                            : s.subscription                           ? s.subscription->reference
                                                                       : std::string();
    if (!reference.empty()) out.reference = domain::said(reference);
    return out;
}

std::optional<request_subject> subject_of(const engine::stream_view& of) {
    constexpr std::string_view of_staff = "staff/";
    switch (of.key.kind) {
        case port::stream_kind::number: return line_subject(of);
        case port::stream_kind::esim: return request_subject{"profile", of.public_id, {}, {}};
        case port::stream_kind::subscriber: return request_subject{"subscriber", of.key.key, {}, {}};
        case port::stream_kind::credential:
            if (of.key.key.starts_with(of_staff))
                return request_subject{"token", of.key.key.substr(of_staff.size()), {}, {}};
            return std::nullopt;
        case port::stream_kind::plan: return request_subject{"import_plan", of.public_id, {}, {}};
        case port::stream_kind::claim: return std::nullopt;
    }
    return std::nullopt;
}

/// A page is of streams: what waits on one of them is never torn apart.
result<page_of<waiting_request>> all_requests_page(const asked& c, const result<paging>& wanted) {
    TRY(page, wanted);
    const auto now = c.now();
    port::stream_filter which;
    which.asked_after = now;
    TRY(listed, c.core_of().list(which, page.after, page.limit));
    std::vector<waiting_request> items;
    for (const auto& one : listed.streams) {
        // Who may hold which token is the administrators' business.
        if (one.key.kind == port::stream_kind::credential && c.who.who.as != domain::role::admin) continue;
        TRY(view, c.core_of().read(one.key));
        const auto about = subject_of(*view);
        const auto* asked = engine::asked_of(*view);
        if (!about || asked == nullptr) continue;
        for (const auto& each : asked->list)
            if (each.waits(now)) items.push_back({*about, request_of(c, *view, each)});
    }
    return page_of<waiting_request>{std::move(items), listed.next};
}

}  // namespace

void desk::list_all_requests(request in, result<paging> wanted, reply<page_of<waiting_request>> then) {
    take_aside(shared_, use::list_all_requests, std::move(in), std::move(then),
               [wanted = std::move(wanted)](const asked& c) { return all_requests_page(c, wanted); });
}

void desk::list_requests(request in, const std::string& line, reply<page_of<request_view>> then) {
    take(shared_, use::list_requests, std::move(in), std::move(then),
         [&](const ask_ptr<page_of<request_view>>& c) { answer_list(c, line_for(*c, line)); });
}

namespace {

/// A profile that is to be added by this request: its identifiers are reserved for the line again first.
std::optional<domain::new_profile> added_by(const domain::number_state& s, int serial) {
    const auto* asked = s.asked.find(serial);
    if (asked == nullptr || asked->body.empty() || asked->command != domain::add_profile::name) return std::nullopt;
    const auto stored = base::from_json<domain::number_command>(asked->body);
    const auto* add = stored ? std::get_if<domain::add_profile>(&*stored) : nullptr;
    return add == nullptr ? std::nullopt : std::optional(add->added);
}

void log_moved(const asked& c, const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* moved = event == nullptr ? nullptr : std::get_if<domain::profile_handed_over>(event);
        if (moved != nullptr)
            c.at->with.log->info("profile_handed_over", c.correlation,
                                 {{"from", done.view->public_id},
                                  {"accepted_by", moved->accepted_by.id.text()},
                                  {"signed_by", c.who.who.id.text()}});
    }
}

void answer_signed(const request_ask& c, const engine::answer& done, int serial) {
    log_moved(*c, done);
    answer_as_it_is(c, done, serial);
}

}  // namespace

void desk::countersign_request(request by, const std::string& line_id, const std::string& which, said<nothing> in,
                               reply<told<request_view>> then) {
    take(shared_, use::countersign_request, std::move(by), std::move(then), [&](const request_ask& c) {
        if (!in) return c->refuse(in.error());
        const auto line = line_for(*c, line_id);
        if (!line) return c->refuse(line.error());
        const auto serial = serial_in(which);
        if (!serial) return c->refuse({code::not_found, "There is no such request."});
        auto what = submission_of(*c, (*line)->key, domain::number_command{domain::countersign{*serial}});
        const auto& s = (*line)->number();
        if (auto may = check_signing(*c, s.asked.find(*serial)); !may) return c->refuse(may.error());
        const auto next = [serial = *serial](const request_ask& same, const engine::answer& done) {
            answer_signed(same, done, serial);
        };
        const auto added = added_by(s, *serial);
        if (!added || !s.subscription) return submit(c, std::move(what), next);
        const domain::line_holder holder{s.number, s.subscription->generation};
        auto wanted = claims_for(*c, holder, {*added});
        if (!wanted) return c->refuse(wanted.error());
        reserve_claims(c, std::move(*wanted), holder.generation,
                       [what, next](const request_ask& same, const reserved_claims& held) {
                           submit_reserved(same, held, what, next);
                       });
    });
}
void desk::refuse_request(request in, const std::string& line, const std::string& serial, said<reason_body> what,
                          reply<told<request_view>> then) {
    on_request<domain::number_command>(shared_, use::refuse_request, std::move(in), line_for, line, serial,
                                       std::move(what), std::move(then), refusing);
}

// -- about a profile on our SM-DP+
void desk::list_esim_requests(request in, const std::string& profile, reply<page_of<request_view>> then) {
    take(shared_, use::list_esim_requests, std::move(in), std::move(then),
         [&](const ask_ptr<page_of<request_view>>& c) { answer_list(c, esim_named(*c, profile)); });
}
void desk::countersign_esim_request(request in, const std::string& profile, const std::string& serial,
                                    said<nothing> what, reply<told<request_view>> then) {
    on_request<domain::esim_command>(shared_, use::countersign_esim_request, std::move(in), esim_named, profile, serial,
                                     std::move(what), std::move(then), signing);
}
void desk::refuse_esim_request(request in, const std::string& profile, const std::string& serial,
                               said<reason_body> what, reply<told<request_view>> then) {
    on_request<domain::esim_command>(shared_, use::refuse_esim_request, std::move(in), esim_named, profile, serial,
                                     std::move(what), std::move(then), refusing);
}

}  // namespace keepline::desk
