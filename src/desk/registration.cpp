#include "desk/registration.hpp"

#include "desk/mailbox.hpp"
#include "desk/name_index.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t contacts_max = 8;

result<void> check_optional(std::string_view field, const std::optional<std::string>& value, std::size_t max) {
    return value ? check_text(field, *value, max, true) : result<void>{};
}

/// Nothing is on file without a number.
result<std::optional<base::bank_account>> account_in(const person_body& in) {
    const auto number = in.refund_iban.value_or("");
    if (number.empty()) return std::nullopt;
    TRY(out,
        base::bank_account_of(number, in.refund_holder.value_or(""), in.refund_bic.value_or(""), "person.refund_"));
    return std::optional(std::move(out));
}

result<void> check_person(const person_body& in) {
    CHECK(check_text("person.full_name", in.full_name, 200));
    CHECK(check_optional("person.document_kind", in.document_kind, 40));
    CHECK(check_optional("person.document_number", in.document_number, 60));
    CHECK(check_optional("person.refund_iban", in.refund_iban, 80));
    CHECK(check_optional("person.refund_holder", in.refund_holder, 140));
    CHECK(check_optional("person.refund_bic", in.refund_bic, 40));
    return account_in(in) ? result<void>{} : std::unexpected(account_in(in).error());
}

}  // namespace

std::string plain_number(std::string_view typed) {
    std::string out;
    for (const char c : typed) {
        if (c == ' ' || c == '-' || c == '.') continue;
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return out;
}

result<void> check_document(const std::string& kind, const std::string& number) {
    CHECK(check_text("document_kind", kind, 40));
    return check_text("document_number", number, 60);
}

result<void> check_language(std::string_view field, std::string_view language) {
    if (language == "zh-CN" || language == "en") return {};
    return refuse(code::invalid, "`" + std::string(field) + "` must be zh-CN or en.", {{"field", std::string(field)}});
}

result<void> check_contacts(const std::vector<contact_body>& contacts) {
    const auto wrong = [](std::size_t i, std::string_view member, const std::string& words) {
        const auto field = "contacts[" + std::to_string(i) + "]." + std::string(member);
        return refuse(code::invalid, "`" + field + "` " + words, {{"field", field}});
    };
    if (contacts.size() > contacts_max)
        return refuse(code::invalid, "At most 8 contact points.", {{"field", "contacts"}});
    for (std::size_t i = 0; i < contacts.size(); ++i) {
        const auto& one = contacts[i];
        if (one.id.text() == "line") return wrong(i, "id", "must not be `line`: that is the line's own number.");
        if (std::ranges::count(contacts, one.id, &contact_body::id) > 1) return wrong(i, "id", "is used twice.");
        if (one.by == domain::medium::sms && !base::msisdn::parse(one.address))
            return wrong(i, "address", "must be a number such as +8613800138000.");
        if (one.by != domain::medium::mail) continue;
        if (const auto mailbox = ascii_mailbox(one.address); !mailbox)
            return wrong(i, "address", mailbox.error().words);
    }
    return {};
}

result<void> check_subscriber(const subscriber_body& in) {
    CHECK(check_language("language", in.language));
    CHECK(check_person(in.person));
    return check_contacts(in.contacts);
}

std::vector<domain::contact_ref> references(const std::vector<contact_body>& contacts) {
    std::vector<domain::contact_ref> out;
    for (const auto& one : contacts) out.push_back({one.id, one.by, one.verified, {}, {}, {}, {}});
    return out;
}

std::vector<port::contact_address> addresses(const std::vector<contact_body>& contacts) {
    std::vector<port::contact_address> out;
    for (const auto& one : contacts) {
        auto mailbox = one.by == domain::medium::mail ? ascii_mailbox(one.address) : result<std::string>(one.address);
        out.push_back({one.id, one.by, mailbox ? std::move(*mailbox) : one.address});
    }
    return out;
}

result<base::bank_account> account_from(const refund_account_body& in, std::string_view prefix) {
    const auto field = [&](const char* name) { return std::string(prefix) + name; };
    CHECK(check_text(field("iban"), in.iban, 80));
    CHECK(check_text(field("holder"), in.holder, 140));
    if (in.bic) CHECK(check_text(field("bic"), *in.bic, 40, true));
    return base::bank_account_of(in.iban, in.holder, in.bic.value_or(""), prefix);
}

result<port::person> person_from(const subscriber_body& in) {
    port::person person;
    person.full_name = in.person.full_name;
    person.document_kind = in.person.document_kind.value_or("");
    person.document_number = in.person.document_number.value_or("");
    TRY(account, account_in(in.person));
    const auto paid_to = account.value_or(base::bank_account());
    person.refund_iban = paid_to.number;
    person.refund_holder = account ? paid_to.holder : in.person.refund_holder.value_or("");
    person.refund_bic = account ? paid_to.bank : in.person.refund_bic.value_or("");
    person.contacts = addresses(in.contacts);
    return person;
}

namespace {

/// A system vouches for a contact point of a new subscriber. Of one address for very many of them, or where a message
/// costs what a hundred cost elsewhere, its word is not taken: a code that was sent there shows whose it is. A plan
/// that two have signed may say so of as many as it likes.
bool may_vouch(const asked& c, const contact_body& one) {
    const auto& numbers = c.at->with.numbers;
    if (one.by == domain::medium::sms && numbers.ranges.is_costly(one.address)) return false;
    if (c.at->with.second) return true;
    const auto address = c.secrets().keyed_digest("vouched", "", one.address);
    return c.at->vouched.add(address, c.now()) <= numbers.vouched_a_day;
}

/// What a system leaves out of what it says stays as one of the staff typed it.
result<void> keep_unsaid(const asked& c, const label& id, port::person& said) {
    TRY(text, c.at->with.vault->open(id.text(), port::person_kind));
    TRY(stored, base::from_json<port::person>(text));
    if (said.document_number.empty()) {
        said.document_kind = stored.document_kind;
        said.document_number = stored.document_number;
    }
    if (said.refund_iban.empty()) {
        said.refund_iban = stored.refund_iban;
        said.refund_holder = stored.refund_holder;
        said.refund_bic = stored.refund_bic;
    }
    if (said.contacts.empty()) said.contacts = stored.contacts;
    said.refund_wanted = stored.refund_wanted;
    said.document_wanted = stored.document_wanted;
    return {};
}

}  // namespace

result<registration> prepare_registration(const asked& c, const label& id, subscriber_body in) {
    CHECK(check_subscriber(in));
    TRY(person, person_from(in));
    TRY(account, account_in(in.person));
    const auto known = c.core_of().read(key_of_subscriber(id));
    const bool has_document = !person.document_number.empty();
    const bool anew = known && domain::may_replace((*known)->subscriber(), c.who.who);
    auto sealed = person;
    if (anew) CHECK(keep_unsaid(c, id, sealed));
    if ((!known || anew) && c.role() == domain::role::system)
        for (auto& one : in.contacts) one.verified = one.verified && may_vouch(c, one);
    registration out;
    out.command = {id, in.language, references(in.contacts),
                   c.secrets().account_digest(account.value_or(base::bank_account()))};
    out.command.document = has_document;
    TRY(row, c.at->with.vault->seal(id.text(), port::person_kind, base::to_json(sealed)));
    TRY(names, name_rows(*c.at->with.vault, c.secrets(), id.text(), sealed.full_name));
    out.row = std::move(row);
    out.names = std::move(names);
    out.person = std::move(person);
    return out;
}

const domain::contact_ref* contact_at(const domain::subscriber_state& known, const port::person& stored,
                                      const port::contact_address& address) {
    for (const auto& one : known.contacts) {
        if (one.replaced_at || one.by != address.by) continue;
        const auto there = std::ranges::find(stored.contacts, one.id, &port::contact_address::id);
        if (there != stored.contacts.end() && there->address == address.address) return &one;
    }
    return nullptr;
}

std::vector<std::string> differs_for(const asked& c, const domain::subscriber_state& known, const port::person& stored,
                                     const registration& said) {
    auto out = said_otherwise(known, stored, said);
    const bool may_hear = c.at->with.second || domain::may_compare(known, c.who.who);
    if (!out.empty() && !may_hear) out = {"subscriber"};
    return out;
}

std::vector<std::string> said_otherwise(const domain::subscriber_state& known, const port::person& stored,
                                        const registration& said) {
    std::vector<std::string> out;
    const auto other = [&](const char* name, const std::string& is, const std::string& says) {
        if (!says.empty() && is != says) out.emplace_back(name);
    };
    other("language", known.language, said.command.language);
    other("full_name", stored.full_name, said.person.full_name);
    other("document_kind", stored.document_kind, said.person.document_kind);
    other("document_number", stored.document_number, said.person.document_number);
    other("refund_iban", stored.refund_iban, said.person.refund_iban);
    other("refund_holder", stored.refund_holder, said.person.refund_holder);
    other("refund_bic", stored.refund_bic, said.person.refund_bic);
    for (const auto& one : said.person.contacts)
        if (contact_at(known, stored, one) == nullptr) out.push_back(one.id.text());
    return out;
}

}  // namespace keepline::desk
