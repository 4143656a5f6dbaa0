// A subscriber as sent in, made ready: references for the journal, the person for the vault. Shared by registering,
// importing and changing contacts. Sealing may wait for a disk: on a side thread.
#pragma once

#include "desk/asked.hpp"
#include "desk/said.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "port/person.hpp"

namespace keepline::desk {

struct registration {
    domain::register_subscriber command;
    port::vault_row row;
    port::person person;                   // as it was said
    std::vector<port::vault_row> names{};  // by which they are found (name_index.hpp)
};

/// code::invalid with the field. Pure.
result<void> check_language(std::string_view field, std::string_view language);
result<void> check_contacts(const std::vector<contact_body>& contacts);
result<void> check_subscriber(const subscriber_body& in);
result<void> check_document(const std::string& kind, const std::string& number);

/// The number of a document or an account as it is compared: however it was typed.
std::string plain_number(std::string_view typed);

/// `verified` as the caller says it: the core believes nobody but the back-office system that registers the subscriber.
std::vector<domain::contact_ref> references(const std::vector<contact_body>& contacts);
std::vector<port::contact_address> addresses(const std::vector<contact_body>& contacts);
/// In the form that banks take, or code::invalid with the field (see base/bank_account.hpp).
result<base::bank_account> account_from(const refund_account_body& in, std::string_view prefix = {});

/// As the vault has them.
result<port::person> person_from(const subscriber_body& in);

/// Checks, and seals the person for the vault: of somebody of whom this may be said anew (domain::may_replace), with
/// what is not said as it was.
result<registration> prepare_registration(const asked& c, const label& id, subscriber_body in);

/// The contact point of now that has this address, whatever its id: a changed address has a new one. Null: none.
const domain::contact_ref* contact_at(const domain::subscriber_state& known, const port::person& stored,
                                      const port::contact_address& address);

/// What of these words is not what is known of the subscriber: "full_name", a contact's id, … What is left empty says
/// nothing.
std::vector<std::string> said_otherwise(const domain::subscriber_state& known, const port::person& stored,
                                        const registration& said);

/// The same for an answer: to whoever may not compare (domain::may_compare) it names nothing.
std::vector<std::string> differs_for(const asked& c, const domain::subscriber_state& known, const port::person& stored,
                                     const registration& said);

}  // namespace keepline::desk
