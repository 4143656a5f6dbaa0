// For others: who acts for a person. Admitted by two on papers that are kept, objected to, ended. What of it is a rule
// is the domain's (domain/subscriber/representations.hpp); here whoever is to act is looked up.
#include "base/utf8.hpp"
#include "desk/person_for.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;

namespace {

using representative_ask = ask_ptr<told<representative_view>>;

representative_view view_of(const domain::representation& of, reader who) {
    representative_view out{of.serial,           of.kind,  of.representative,    of.documents, of.from, of.until,
                            of.in_force_at,      of.state, as_shown(of.by, who), {},           of.at,   of.over_at,
                            of.known.has_value()};
    if (of.second) out.second = as_shown(*of.second, who);
    return out;
}

void answer_one(const representative_ask& c, const engine::answer& done, int serial) {
    if (const auto* wanted = wanted_in(done)) return answer_request(c, done, *wanted);
    const auto* one = domain::find_representation(done.view->subscriber(), serial);
    if (one == nullptr) return c->refuse({code::not_found, "Nobody acts for this person under that serial.", {}});
    c->answer({view_of(*one, c->shown_to()), done.view->revision(), done.replayed});
}

/// As they are known here: their stream, and whether an identity document is on file.
domain::representative_found found_of(const asked& c, const label& id) {
    domain::representative_found out;
    const auto view = c.core_of().read(key_of_subscriber(id));
    if (!view || (*view)->subscriber().erased_at) return out;
    const auto& s = (*view)->subscriber();
    out.known = true;
    out.document_on_word = s.document_on_word;
    out.has_contact = std::ranges::any_of(
        s.contacts, [](const domain::contact_ref& one) { return one.verified && !one.replaced_at; });
    out.registered_by = s.registered_by;
    out.acts_for = static_cast<int>(s.acts_for.size());
    const auto text = c.at->with.vault->open(id.text(), port::person_kind);
    const auto person = text ? base::from_json<port::person>(*text) : std::unexpected(text.error());
    out.has_document = person && !person->document_number.empty();
    return out;
}

std::optional<std::string> masked_name_of(const asked& c, const label& id) {
    const auto text = c.at->with.vault->open(id.text(), port::person_kind);
    const auto person = text ? base::from_json<port::person>(*text) : std::unexpected(text.error());
    return person ? std::optional(base::masked_name(person->full_name)) : std::nullopt;
}

/// What their lines say: those that are theirs, and those that were until lately (an heir is paid what came back).
struct of_lines {
    std::vector<label> policies;  // each once
    bool unheard = false;         // one of them has nowhere to tell its owner
};
of_lines lines_of(const asked& c, const domain::subscriber_state& s) {
    of_lines out;
    for (const auto& number : s.numbers) {
        const auto line = c.core_of().read({port::stream_kind::number, number.text()});
        if (!line) continue;
        const auto& held = (*line)->number().subscription;
        if (!held || held->subscriber != s.id) continue;
        const auto policy = label::trusted(held->policy);
        if (std::ranges::find(out.policies, policy) == out.policies.end()) out.policies.push_back(policy);
        out.unheard = out.unheard || !domain::hears_anywhere((*line)->number(), c.now());
    }
    return out;
}

/// Once more, it is the one that stands.
void answer_admitted(const representative_ask& c, const engine::answer& done,
                     const domain::admit_representative& what) {
    if (wanted_in(done) != nullptr) return answer_one(c, done, 0);
    for (const auto& one : done.view->subscriber().representations)
        if (one.state == domain::representation_state::standing && one.kind == what.kind &&
            one.representative == what.representative)
            return answer_one(c, done, one.serial);
    c->refuse({code::not_found, "Nobody acts for this person.", {}});
}

template <typename Command>
void about_one(services& of, const use_case& what, request by, const std::string& subscriber, const std::string& which,
               said<looking_body> in, reply<told<representative_view>> then) {
    take(of, what, std::move(by), {subscriber, which}, std::move(then), [&](const representative_ask& c) {
        if (!in) return c->refuse(in.error());
        const auto view = person_for(*c, c->ids[0]);
        if (!view) return c->refuse(view.error());
        const auto serial = serial_in(c->ids[1]);
        if (!serial) return c->refuse({code::not_found, "Nobody acts for this person under that serial.", {}});
        const Command command{*serial, in->reason.value_or("")};
        submit(c, submission_of(*c, (*view)->key, domain::subscriber_command{command}),
               [serial = *serial](const representative_ask& same, const engine::answer& done) {
                   answer_one(same, done, serial);
               });
    });
}

}  // namespace

void desk::admit_representative(request by, const std::string& subscriber, said<representative_body> in,
                                reply<told<representative_view>> then) {
    take(shared_, use::admit_representative, std::move(by), {subscriber}, std::move(then),
         [&](const representative_ask& c) {
             if (!in) return c->refuse(in.error());
             run_aside(c, [c, in = std::move(*in)]() -> afterwards {
                 auto view = person_for(*c, c->ids[0]);
                 if (!view) return [c, why = view.error()] { c->refuse(why); };
                 auto lines = lines_of(*c, (*view)->subscriber());
                 domain::admit_representative command{in.kind,
                                                      in.representative,
                                                      in.documents,
                                                      in.from.value_or(base::instant{}),
                                                      in.until,
                                                      std::move(lines.policies),
                                                      found_of(*c, in.representative),
                                                      lines.unheard};
                 return [c, key = (*view)->key, command = std::move(command)] {
                     submit(c, submission_of(*c, key, domain::subscriber_command{command}),
                            [command](const representative_ask& same, const engine::answer& done) {
                                answer_admitted(same, done, command);
                            });
                 };
             });
         });
}

void desk::list_representatives(request by, const std::string& subscriber, reply<page_of<representative_view>> then) {
    take(shared_, use::list_representatives, std::move(by), {subscriber}, std::move(then),
         [&](const ask_ptr<page_of<representative_view>>& c) {
             auto view = person_for(*c, c->ids[0]);
             if (!view) return c->refuse(view.error());
             run_aside(c, [c, view = std::move(*view)]() -> afterwards {
                 page_of<representative_view> out;
                 for (const auto& one : view->subscriber().representations) {
                     out.items.push_back(view_of(one, c->shown_to()));
                     out.items.back().name = masked_name_of(*c, one.representative);
                 }
                 return [c, out = std::move(out)]() mutable { c->answer(std::move(out)); };
             });
         });
}

void desk::object_to_representative(request by, const std::string& subscriber, const std::string& serial,
                                    said<looking_body> in, reply<told<representative_view>> then) {
    about_one<domain::object_to_representative>(shared_, use::object_to_representative, std::move(by), subscriber,
                                                serial, std::move(in), std::move(then));
}

void desk::end_representation(request by, const std::string& subscriber, const std::string& serial,
                              said<looking_body> in, reply<told<representative_view>> then) {
    about_one<domain::end_representation>(shared_, use::end_representation, std::move(by), subscriber, serial,
                                          std::move(in), std::move(then));
}

}  // namespace keepline::desk
