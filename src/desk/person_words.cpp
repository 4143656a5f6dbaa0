#include "desk/person_words.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

namespace keepline::desk {

namespace {
namespace person_words {

namespace json = boost::json;

/// The places of a sentence: every plain value by its name, those inside another by both names ("what_due").
class places_of {
 public:
    explicit places_of(const reader_of_words& who) : who_(who) {}

    void add(const std::string& name, const json::value& value) {
        if (value.is_object()) return add_object(name, value.get_object());
        if (value.is_array()) {
            add_contacts(name, value.get_array());
        } else if (value.is_string()) {
            add_text(name, std::string(value.get_string()));
        } else if (value.is_bool()) {
            if (value.get_bool()) out[name] = "yes";
        } else if (value.is_number()) {
            out[name] = json::serialize(value);
        }
    }
    text::values out;

 private:
    /// Of contact points those that are told from then on, as they are shown.
    void add_contacts(const std::string& name, const json::array& all) {
        for (const auto& one : all) {
            const auto* id = one.is_object() ? one.get_object().if_contains("id") : nullptr;
            if (id == nullptr || !id->is_string() || one.get_object().contains("replaced_at")) continue;
            const auto known = who_.contacts.find(std::string(id->get_string()));
            auto& into = out[name];
            if (!into.empty()) into += ", ";
            into += known == who_.contacts.end() ? std::string(id->get_string()) : known->second;
        }
    }
    void add_object(const std::string& name, const json::object& of) {
        const auto* minor = of.if_contains("minor");
        const auto* currency = of.if_contains("currency");
        if (of.size() == 2 && minor != nullptr && currency != nullptr && minor->is_int64() && currency->is_string())
            return add_text(name, base::text(base::money{minor->get_int64(), std::string(currency->get_string())}));
        for (const auto& one : of)
            add(name.empty() ? std::string(one.key()) : name + "_" + std::string(one.key()), one.value());
    }
    void add_text(const std::string& name, const std::string& value) {
        const bool is_contact = name == "contact" || name.ends_with("_contact");
        if (const auto known = who_.contacts.find(value); is_contact && known != who_.contacts.end())
            out[name] = known->second;
        else if (const auto moment = base::instant_from_iso(value))
            out[name] = who_.texts->localised(*who_.in, who_.zone.local_text(*moment));
        else
            out[name] = who_.texts->localised(*who_.in, value);
    }
    const reader_of_words& who_;
};

std::string said(const reader_of_words& who, const std::string& key, const text::values& with = {}) {
    return text::render(who.texts->find(*who.in, key), with);
}

/// What a message was about, as its own subject says it; not of one that held a code.
void add_subject(const reader_of_words& who, text::values& of) {
    const auto kind = of.find("record_kind");
    if (kind == of.end()) return;
    const auto subject = who.texts->find(*who.in, "notice." + kind->second + ".subject");
    const auto places = text::places(subject);
    if (std::ranges::find(places, "code") != places.end()) return;
    of["what"] = text::render(subject, {{"number", of["tail"]}});
}

}  // namespace person_words
}  // namespace

std::string event_in_words(const reader_of_words& who, const base::raw_json& seen, const text::values& more) {
    boost::system::error_code failed;
    const auto event = boost::json::parse(seen.text, failed);
    const auto* type = !failed && event.is_object() ? event.get_object().if_contains("type") : nullptr;
    if (type == nullptr || !type->is_string()) return {};
    person_words::places_of places(who);
    places.add("", event);
    for (const auto& [name, value] : more) places.out[name] = who.texts->localised(*who.in, value);
    if (more.contains("tail")) person_words::add_subject(who, places.out);
    return person_words::said(who, "event." + std::string(type->get_string()), places.out);
}

std::vector<std::string> what_remains(const reader_of_words& who) {
    constexpr std::array remains{"kept.journal", "kept.payments", "kept.copies", "kept.systems"};
    std::vector<std::string> out;
    for (const auto* one : remains) out.push_back(person_words::said(who, one));
    return out;
}

std::vector<std::string> erasure_in_words(const reader_of_words& who, const domain::erasure_plan& plan) {
    const auto moment = [&](base::instant at) { return who.texts->localised(*who.in, who.zone.local_text(at)); };
    std::vector<std::string> out;
    out.push_back(
        person_words::said(who, plan.outlived ? "kept.outlived" : "kept.planned", {{"since", moment(plan.at)}}));
    for (const auto& one : plan.against)
        out.push_back(person_words::said(who, "stands." + std::string(boost::describe::enum_to_string(one.what, "")),
                                         {{"line", one.line}}));
    if (!plan.against.empty())
        out.push_back(person_words::said(who, "kept.looked_at", {{"until", moment(plan.look_at)}}));
    for (auto& one : what_remains(who)) out.push_back(std::move(one));
    return out;
}

}  // namespace keepline::desk
