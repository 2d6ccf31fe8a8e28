using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

public sealed unsafe partial class LibraryCertificate
{
    /// <summary>The certificate as libcurl lists it (CURLOPT_CERTINFO): the names of its parts, and what they hold.</summary>
    /// <remarks>Source: CURLINFO_CERTINFO(3), and the lines that curl 7.88 prints with <c>-w '%{certs}'</c>.</remarks>
    public IReadOnlyList<(string Name, string Text)> Listing()
    {
        const uint OneLine = 0x82_031f; // XN_FLAG_ONELINE
        List<(string, string)> parts =
        [
            ("Subject", Latin(Name(isIssuer: false, OneLine, 0))),
            ("Issuer", Latin(Name(isIssuer: true, OneLine, 0))),
            ("Version", $"{(long)LibCrypto.X509_get_version(Certificate).Value:x}"),
            ("Serial Number", Latin(Serial(isNext: false)).Replace("\\\n", "", StringComparison.Ordinal).ToLowerInvariant()),
        ];
        nint signature, algorithm, identifier;
        LibCrypto.X509_get0_signature(&signature, &algorithm, Certificate);
        LibCrypto.X509_ALGOR_get0(&identifier, null, null, algorithm);
        parts.Add(("Signature Algorithm", IdentifierName(identifier)));
        if (LibCrypto.X509_get_X509_PUBKEY(Certificate) is var key && key != 0 && LibCrypto.X509_PUBKEY_get0_param(&identifier, null, null, null, key) == 1)
            parts.Add(("Public Key Algorithm", IdentifierName(identifier)));
        for (int i = 0; i < ExtensionCount; i++)
        {
            nint extension = LibCrypto.X509_get_ext(Certificate, i);
            parts.Add((IdentifierName(LibCrypto.X509_EXTENSION_get_object(extension)), Latin(LibraryText.Print(bio =>
            {
                if (LibCrypto.X509V3_EXT_print(bio, extension, 0, 0) == 0)
                    _ = LibCrypto.ASN1_STRING_print(bio, LibCrypto.X509_EXTENSION_get_data(extension));
            }))));
        }

        parts.Add(("Start date", Latin(Time(isEnd: false, isIso: false))));
        parts.Add(("Expire date", Latin(Time(isEnd: true, isIso: false))));
        parts.AddRange(KeyNumbers());
        parts.Add(("Signature", string.Concat(Octets(signature).Select(octet => $"{octet:x2}:"))));
        parts.Add(("Cert", Latin(ToPem(withTrust: false))));
        return parts;
    }

    // Of other keys it lists nothing.
    private IEnumerable<(string Name, string Text)> KeyNumbers()
    {
        string[] numbers = KeyAlgorithm switch { "rsaEncryption" => ["n", "e"], "dsaEncryption" => ["p", "q", "g", "pub"], _ => [] };
        bool isRsa = numbers is ["n", ..];
        if (isRsa)
            yield return ("RSA Public Key", $"{KeyBits}");
        foreach (string number in numbers)
        {
            if (NumberOf(number) is { } text)
                yield return ($"{(isRsa ? "rsa" : "dsa")}({(number is "pub" ? "pub_key" : number)})", Latin(text));
        }
    }

    private byte[]? NumberOf(string parameter)
    {
        fixed (byte* name = Encoding.ASCII.GetBytes($"{parameter}\0"))
            return Number(name);
    }

    private static byte[] Octets(nint text) =>
        text == 0 ? [] : new ReadOnlySpan<byte>(LibCrypto.ASN1_STRING_get0_data(text), LibCrypto.ASN1_STRING_length(text)).ToArray();

    private static string IdentifierName(nint identifier) => Latin(LibraryText.Print(bio => _ = LibCrypto.i2a_ASN1_OBJECT(bio, identifier)));

    // A letter for each octet.
    private static string Latin(byte[] text) => Encoding.Latin1.GetString(text);
}
