using System.Buffers;
using NetWhy.Certificates;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>How a file of certificates is encoded.</summary>
internal enum OpenSslForm
{
    /// <summary>Whichever it turns out to be.</summary>
    Any,

    /// <summary>As text.</summary>
    Pem,

    /// <summary>As octets.</summary>
    Der,
}

/// <summary>Reads files of certificates and revocation lists.</summary>
internal static class OpenSslFiles
{
    private const int Largest = 32 * 1024 * 1024; // the roots of a distribution are 0.2 MiB
    private const int Most = 100_000; // certificates and lists of one file

    /// <summary>Reads the one certificate of a file, the first where it holds several.</summary>
    /// <param name="path">The file; null for standard input.</param>
    /// <param name="form">How it is encoded.</param>
    /// <param name="what">What it is to hold, for messages.</param>
    /// <exception cref="OpenSslFileRefusal">It cannot be read, or holds none.</exception>
    internal static LibraryCertificate ReadOne(string? path, OpenSslForm form, string what)
    {
        byte[] octets = ReadOctets(path, what);
        foreach ((byte[] der, bool hasTrust) in Encodings(octets, form))
        {
            if (LibraryCertificate.Read(der, hasTrust) is { } certificate)
                return certificate;
        }

        throw Unreadable(path, what, octets, form);
    }

    /// <summary>Reads the certificate to be judged.</summary>
    /// <param name="path">The file; null for standard input.</param>
    /// <param name="what">What it is to hold, for messages.</param>
    /// <exception cref="OpenSslFileRefusal">It cannot be read, or holds none.</exception>
    internal static OpenSslCertificate ReadSubject(string? path, string what)
    {
        byte[] octets = ReadOctets(path, what);
        foreach ((byte[] der, bool hasTrust) in Encodings(octets, OpenSslForm.Any))
        {
            if (OpenSslCertificate.Read(der, hasTrust) is { Library: not null } certificate)
                return certificate;
        }

        throw Unreadable(path, what, octets, OpenSslForm.Any);
    }

    /// <summary>Reads all certificates and revocation lists of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is to hold, for messages.</param>
    /// <param name="isChecked">Whether each is looked at by libcrypto at once; of many, that is left until one is needed.</param>
    /// <param name="certificates">Where the certificates go.</param>
    /// <param name="lists">Where the lists go.</param>
    /// <param name="isPem">Whether it must be PEM, and whole.</param>
    /// <exception cref="OpenSslFileRefusal">It cannot be read.</exception>
    internal static void ReadAll(string path, string what, bool isChecked, List<OpenSslCertificate> certificates, List<RevocationList> lists, bool isPem = false)
    {
        byte[] octets = ReadOctets(path, what);
        var reader = new PemReader(octets);
        bool hasBlock = false;
        for (OperationStatus status = reader.Read(); status is not OperationStatus.NeedMoreData; status = reader.Read())
        {
            hasBlock = true;
            if (isPem && status is OperationStatus.InvalidData)
                throw new OpenSslFileRefusal(what, $"{path}: a damaged block of PEM", "a damaged block of PEM");
            if (certificates.Count + lists.Count >= Most)
                throw new OpenSslFileRefusal(what, $"{path}: more than {Most} certificates");
            if (reader.IsCertificate && OpenSslCertificate.Read(reader.Octets, reader.HasTrust) is { } certificate && (!isChecked || certificate.Library is not null))
                certificates.Add(certificate);
            else if (reader.Label is "X509 CRL" && RevocationList.Read(reader.Octets, out RevocationList? list) is OperationStatus.Done)
                lists.Add(list!);
        }

        if (hasBlock || isPem)
            return;
        if (OpenSslCertificate.Read(octets, hasTrust: false) is { Library: not null } single)
            certificates.Add(single);
        else if (RevocationList.Read(octets, out RevocationList? list) is OperationStatus.Done)
            lists.Add(list!);
    }

    /// <summary>The name of a file as openssl says it.</summary>
    /// <param name="path">The file; null for standard input.</param>
    internal static string NameOf(string? path) => path ?? "<stdin>";

    private static List<(byte[] Der, bool HasTrust)> Encodings(byte[] octets, OpenSslForm form)
    {
        List<(byte[], bool)> found = [];
        if (form is not OpenSslForm.Der)
        {
            var reader = new PemReader(octets);
            for (OperationStatus status = reader.Read(); status is not OperationStatus.NeedMoreData && found.Count < Most; status = reader.Read())
            {
                if (status is OperationStatus.Done && reader.IsCertificate)
                    found.Add((reader.Octets, reader.HasTrust));
            }
        }

        if (form is not OpenSslForm.Pem && found.Count == 0)
            found.Add((octets, false));
        return found;
    }

    private static OpenSslFileRefusal Unreadable(string? path, string what, byte[] octets, OpenSslForm form)
    {
        string why = LibraryCertificate.Unavailable is { } missing ? missing
            : octets.Length == 0 ? "it is empty"
            : octets.AsSpan().IndexOf("-----BEGIN "u8) < 0 ? form is OpenSslForm.Pem ? "no PEM in it" : "neither PEM nor a certificate in DER"
            : form is OpenSslForm.Der ? "it is PEM, not DER"
            : octets.AsSpan().IndexOf("CERTIFICATE-----"u8) < 0 ? "PEM, but no block of it is a certificate"
            : "its certificate is cut short or damaged";
        return new OpenSslFileRefusal(what, $"Could not read {what} from {NameOf(path)}: {why}", why);
    }

    private static byte[] ReadOctets(string? path, string what)
    {
        try
        {
            return path is null ? ReadStandardInput() : ReadFile(path);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            string why = FileProblem.Of(path ?? "", refusal);
            throw new OpenSslFileRefusal(what, Directory.Exists(path)
                ? $"Could not read {what} from {NameOf(path)}: {why}"
                : $"Could not open file or uri for loading {what} from {NameOf(path)}: {why}", why);
        }
    }

    // Not by its length: it may be a pipe, or a device without end.
    private static byte[] ReadFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return ReadAll(file.Read);
    }

    private static byte[] ReadStandardInput() => ReadAll(buffer => StandardInput.Read(buffer, out int count) is var errno && errno is Errno.OK
        ? count
        : throw new IOException(LinuxException.Describe(errno), (int)errno));

    private static byte[] ReadAll(Taker take)
    {
        const int Piece = 64 * 1024;
        var octets = new ArrayBufferWriter<byte>(Piece);
        while (true)
        {
            int count = take(octets.GetSpan(Piece));
            if (count == 0)
                return octets.WrittenSpan.ToArray();
            octets.Advance(count);
            if (octets.WrittenCount > Largest)
                throw new IOException($"it is larger than {Largest >> 20} MiB");
        }
    }

    private delegate int Taker(Span<byte> buffer);
}

/// <summary>Why a file gives no certificate.</summary>
/// <param name="what">What it was to hold.</param>
/// <param name="line">The line to print.</param>
/// <param name="reason">Why, without the file's name.</param>
internal sealed class OpenSslFileRefusal(string what, string line, string? reason = null) : Exception(line)
{
    /// <summary>What it was to hold.</summary>
    internal string What { get; } = what;

    /// <summary>Why, without the file's name.</summary>
    internal string Reason { get; } = reason ?? line;
}
