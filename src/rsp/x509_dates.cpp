#include "rsp/x509_dates.hpp"

#include "rsp/openssl_owned.hpp"

#include <ctime>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace keepline::rsp {

namespace {

using bio_ptr = openssl_owned<BIO, BIO_free>;
using x509_ptr = openssl_owned<X509, X509_free>;

std::optional<base::instant> end_of(const X509& certificate) {
    std::tm at{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &at) != 1) return std::nullopt;
    constexpr std::int64_t per_second = 1000;
    return base::instant{static_cast<std::int64_t>(::timegm(&at)) * per_second};
}

}  // namespace

std::optional<base::instant> first_end_in(std::string_view file) {
    std::optional<base::instant> out;
    const auto take = [&](const x509_ptr& one) {
        if (const auto end = end_of(*one); end && (!out || *end < *out)) out = end;
    };
    const bio_ptr from(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
    if (!from) return out;
    while (const x509_ptr one{PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)}) take(one);
    ERR_clear_error();  // its end is an error to OpenSSL
    if (out) return out;
    const auto* raw = reinterpret_cast<const unsigned char*>(file.data());
    if (const x509_ptr one{d2i_X509(nullptr, &raw, static_cast<long>(file.size()))}) take(one);
    ERR_clear_error();
    return out;
}

}  // namespace keepline::rsp
