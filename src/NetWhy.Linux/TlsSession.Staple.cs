using System.Globalization;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What a staple says of the server's certificate, once it is proved that its issuer says so.</summary>
/// <param name="Problem">Why nothing can be said, in words; null if something can.</param>
/// <param name="Status">What is said: <c>good</c>, <c>revoked</c> or <c>unknown</c>; null where nothing can be.</param>
/// <param name="Number">Its number: 0, 1 or 2. Source: RFC 6960, section 4.2.1.</param>
/// <param name="Reason">Why it was revoked, such as <c>keyCompromise</c>, with its number; null if it was not.</param>
public sealed record TlsStapleVerdict(string? Problem, string? Status, int Number, string? Reason);

// The state of the certificate, as OCSP tells it.
public sealed unsafe partial class TlsSession
{
    private const int Good = 0, Revoked = 1;

    /// <summary>Verifies the staple by those whom <see cref="TlsOptions.Trust"/> trusts, and reads it.</summary>
    /// <remarks>As curl does it: the signature, the certificate's number, its time with five minutes of tolerance. Source: OCSP_basic_verify(3ssl).</remarks>
    public TlsStapleVerdict CheckStaple()
    {
        if (Staple is not { } staple)
            return Cannot("No OCSP response received");
        LibCrypto.ERR_clear_error();
        nint response;
        fixed (byte* octets = staple)
        {
            byte* position = octets;
            response = LibCrypto.d2i_OCSP_RESPONSE(null, &position, staple.Length);
        }

        nint basic = 0;
        try
        {
            if (response == 0)
                return Cannot("Invalid OCSP response");
            if (LibCrypto.OCSP_response_status(response) is not Good and var status)
                return Cannot(string.Create(CultureInfo.InvariantCulture, $"Invalid OCSP response status: {Text(LibCrypto.OCSP_response_status_str(status))} ({status})"));
            basic = LibCrypto.OCSP_response_get1_basic(response);
            return basic == 0 ? Cannot("Invalid OCSP response") : Check(basic);
        }
        finally
        {
            LibCrypto.OCSP_BASICRESP_free(basic);
            LibCrypto.OCSP_RESPONSE_free(response);
            LibCrypto.ERR_clear_error();
        }
    }

    private TlsStapleVerdict Check(nint basic)
    {
        const nint Tolerance = 300; // seconds
        nint chain = LibSsl.SSL_get_peer_cert_chain(_ssl), store;
        bool hasStore = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_GET_VERIFY_CERT_STORE, 0, &store) == 1 && store != 0;
        if (!hasStore || LibCrypto.OCSP_basic_verify(basic, chain, store, 0) <= 0)
            return Cannot("OCSP response verification failed");
        int count = chain == 0 ? 0 : LibCrypto.OPENSSL_sk_num(chain);
        nint leaf = count == 0 ? 0 : LibCrypto.OPENSSL_sk_value(chain, 0), id = 0;
        for (int i = 0; i < count && id == 0; i++)
        {
            nint issuer = LibCrypto.OPENSSL_sk_value(chain, i);
            if (LibCrypto.X509_check_issued(issuer, leaf) == Good)
                id = LibCrypto.OCSP_cert_to_id(LibCrypto.EVP_sha1(), leaf, issuer);
        }

        if (id == 0)
            return Cannot("Error computing OCSP ID");
        int status, reason;
        nint revoked, thisUpdate, nextUpdate;
        bool isFound = LibCrypto.OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &thisUpdate, &nextUpdate) == 1;
        LibCrypto.OCSP_CERTID_free(id);
        if (!isFound)
            return Cannot("Could not find certificate ID in OCSP response");
        if (LibCrypto.OCSP_check_validity(thisUpdate, nextUpdate, Tolerance, -1) != 1)
            return Cannot("OCSP response has expired");
        string? why = status == Revoked ? string.Create(CultureInfo.InvariantCulture, $"{Text(LibCrypto.OCSP_crl_reason_str(reason))} ({reason})") : null;
        return new TlsStapleVerdict(null, Text(LibCrypto.OCSP_cert_status_str(status)), status, why);
    }

    private static TlsStapleVerdict Cannot(string problem) => new(problem, null, 0, null);
}
