// keepline verify-certificate: holds a closing certificate to a published key set, offline.
#include "app/command.hpp"
#include "app/files.hpp"
#include "base/json.hpp"
#include "domain/number/certificate.hpp"
#include "link/jws.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

constexpr std::size_t certificate_max_bytes = 1024 * 1024;

result<int> verify(const session& s, const std::string& file, const std::string& keys) {
    TRY(jws, read_file(file, certificate_max_bytes));
    TRY(jwks, read_file(keys, certificate_max_bytes));
    while (!jws.empty() && static_cast<unsigned char>(jws.back()) <= ' ') jws.pop_back();
    TRY(verified, link::verify_jws(jws, jwks));
    auto claims = base::parse_json(verified.claims, 32);
    if (!claims || !claims->is_object())
        return base::refuse(base::code::certificate_invalid, "What is signed is not JSON.");
    // A kind of which this program does not know what its words mean is not said to hold.
    const auto* kind = claims->get_object().if_contains("kind");
    const auto known = domain::certificate_claims().kind;
    if (kind == nullptr || !kind->is_string() || kind->get_string() != known)
        return base::refuse(base::code::certificate_invalid,
                            "Its signature holds, but it is not of the kind \"" + known +
                                "\", and this program knows no other: use the one that issued it.");
    if (s.json) {
        s.print(boost::json::object{{"valid", true}, {"kid", verified.kid}, {"claims", std::move(*claims)}});
    } else {
        s.at.out << "The certificate holds; signed with key " << printable(verified.kid) << "\n\n" << words_of(*claims);
    }
    return 0;
}

}  // namespace

void add_certificate_command(CLI::App& root, session& s) {
    auto file = std::make_shared<std::string>();
    auto keys = std::make_shared<std::string>();
    auto* command = add_command(root, "verify-certificate",
                                "Check a closing certificate offline; exit code 8 when it does not hold",
                                "curl -o jwks.json http://127.0.0.1:8080/.well-known/jwks.json\n"
                                "keepline verify-certificate certificate.jws --jwks jwks.json");
    command->add_option("FILE", *file, "The certificate: a JWS in compact form")->required();
    command->add_option("--jwks", *keys, "The operator's published keys")->type_name("FILE")->required();
    on_chosen(command, s, [&s, file, keys] { return verify(s, *file, *keys); });
}

}  // namespace keepline::app
