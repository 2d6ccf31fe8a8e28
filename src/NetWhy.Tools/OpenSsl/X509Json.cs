using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>A certificate as one JSON object.</summary>
internal static class X509Json
{
    /// <summary>Writes it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="options">What is to be checked, and how names are written.</param>
    /// <param name="now">The time.</param>
    /// <param name="output">Where to.</param>
    /// <returns>What to exit with.</returns>
    internal static int Write(LibraryCertificate certificate, X509Options options, DateTimeOffset now, Stream output)
    {
        byte[] der = certificate.ToDer();
        Certificate? read = Certificate.Read(der, out Certificate? parsed) is OperationStatus.Done ? parsed : null;
        long? seconds = options.CheckedEnd;
        bool isOver = seconds is not null && certificate.HasExpired(now.ToUnixTimeSeconds() + seconds.Value);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.x509/1");
            if (read is not null)
                json.WriteNumber("version", read.Version);
            json.WriteString("serial", Text(certificate.Serial(isNext: false)));
            WriteName(json, "subject", certificate, isIssuer: false, options.NameFlags);
            WriteName(json, "issuer", certificate, isIssuer: true, options.NameFlags);
            WriteTimes(json, certificate, read, now);
            WriteKey(json, certificate, read);
            if (read is not null)
            {
                json.WriteBoolean("isSelfIssued", read.IsSelfIssued);
                json.WriteBoolean("isAuthority", read.IsAuthority);
                WriteTexts(json, "names", read.Names);
            }

            WriteTexts(json, "emails", certificate.MailAddresses().Select(Text));
            WriteTexts(json, "responders", certificate.Responders().Select(Text));
            WriteExtensions(json, certificate, read);
            WritePurposes(json, certificate);
            json.WriteStartObject("fingerprints");
            foreach (string digest in new[] { "sha1", "sha256" })
            {
                if (certificate.Digest(digest) is { } octets)
                    json.WriteString(digest, Convert.ToHexStringLower(octets));
            }

            json.WriteEndObject();
            json.WriteStartObject("hashes");
            json.WriteString("subject", certificate.NameHash(isIssuer: false).ToString("x8", CultureInfo.InvariantCulture));
            json.WriteString("issuer", certificate.NameHash(isIssuer: true).ToString("x8", CultureInfo.InvariantCulture));
            json.WriteEndObject();
            if (certificate.Alias() is { } alias)
                json.WriteString("alias", Text(alias));
            WriteChecks(json, certificate, options, isOver);
            json.WriteString("pem", Text(certificate.ToPem(withTrust: false)));
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return isOver ? 1 : 0;
    }

    private static string Text(byte[] octets) => Encoding.UTF8.GetString(octets);

    private static void WriteName(Utf8JsonWriter json, string member, LibraryCertificate certificate, bool isIssuer, uint flags) =>
        json.WriteString(member, Text(certificate.Name(isIssuer, flags, indent: 0)));

    private static void WriteTimes(Utf8JsonWriter json, LibraryCertificate certificate, Certificate? read, DateTimeOffset now)
    {
        if (read is null)
        {
            json.WriteString("notBefore", Text(certificate.Time(isEnd: false, isIso: true)));
            json.WriteString("notAfter", Text(certificate.Time(isEnd: true, isIso: true)));
            return;
        }

        json.WriteString("notBefore", read.NotBefore);
        json.WriteString("notAfter", read.NotAfter);
        json.WriteNumber("secondsLeft", (long)(read.NotAfter - now).TotalSeconds);
    }

    private static void WriteKey(Utf8JsonWriter json, LibraryCertificate certificate, Certificate? read)
    {
        json.WriteStartObject("key");
        if (read is not null)
            json.WriteString("kind", read.Key);
        if (certificate.KeyBits is { } bits)
            json.WriteNumber("bits", bits);
        if (certificate.KeySecurityBits is { } strength)
            json.WriteNumber("securityBits", strength);
        if (read is not null)
            json.WriteString("sha256", TrustStore.Fingerprint(read.PublicKeyInfo.Span));
        if (certificate.PublicKeyPem() is { } pem)
            json.WriteString("pem", Text(pem));
        json.WriteEndObject();
        json.WriteStartObject("signature");
        if (read is not null)
            json.WriteString("algorithm", read.SignatureAlgorithm);
        if (certificate.SignatureSecurityBits is { } security)
            json.WriteNumber("securityBits", security);
        if (read is not null)
            json.WriteString("value", Convert.ToHexStringLower(read.Signature.Span));
        json.WriteEndObject();
    }

    private static void WriteExtensions(Utf8JsonWriter json, LibraryCertificate certificate, Certificate? read)
    {
        json.WriteStartArray("extensions");
        bool isAligned = read?.Extensions.Length == certificate.ExtensionCount;
        for (int i = 0; i < certificate.ExtensionCount; i++)
        {
            json.WriteStartObject();
            if (certificate.ExtensionName(i) is var name && name is not "UNDEF")
                json.WriteString("name", name);
            if (isAligned)
            {
                json.WriteString("id", read!.Extensions[i].Id);
                json.WriteBoolean("critical", read.Extensions[i].IsCritical);
                json.WriteString("value", Convert.ToHexStringLower(read.Extensions[i].Value.Span));
            }

            json.WriteString("text", Text(certificate.ExtensionText(i)).TrimEnd());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePurposes(Utf8JsonWriter json, LibraryCertificate certificate)
    {
        json.WriteStartObject("purposes");
        foreach ((string id, _, int asLeaf, int asAuthority) in certificate.Purposes())
        {
            json.WriteStartObject(id);
            json.WriteBoolean("leaf", asLeaf == 1);
            json.WriteBoolean("authority", asAuthority == 1);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteChecks(Utf8JsonWriter json, LibraryCertificate certificate, X509Options options, bool isOver)
    {
        if (options is { CheckedEnd: null, CheckedHost: null, CheckedMail: null, CheckedAddress: null })
            return;
        json.WriteStartObject("checks");
        if (options.CheckedEnd is not null)
            json.WriteBoolean("expires", isOver);
        if (options.CheckedHost is { } host)
            json.WriteBoolean("host", certificate.IsForHost(host));
        if (options.CheckedMail is { } mail)
            json.WriteBoolean("email", certificate.IsForMail(mail));
        if (options.CheckedAddress is { } address)
            json.WriteBoolean("ip", certificate.IsForAddress(IPAddress.Parse(address)));
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string member, IEnumerable<string> texts)
    {
        json.WriteStartArray(member);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
