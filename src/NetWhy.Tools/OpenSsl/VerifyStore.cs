using System.Globalization;
using NetWhy.Certificates;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Whom <c>openssl verify</c> trusts: certificates of files and, where none has the name, of directories sorted by hashes of names.</summary>
/// <remarks>Source: X509_LOOKUP_hash_dir(3ssl), SSL_CERT_FILE and SSL_CERT_DIR of X509_STORE_set_default_paths(3ssl).</remarks>
internal sealed class VerifyStore : IOpenSslStore, IDisposable
{
    private const int MostOfHash = 1000; // files of one hash

    private readonly Dictionary<string, List<OpenSslCertificate>> _bySubject = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<RevocationList>> _listsByHash = new(StringComparer.Ordinal);
    private readonly List<OpenSslCertificate> _certificates = [];
    private readonly List<RevocationList> _lists = [];
    private readonly HashSet<string> _lookedUp = [];
    private readonly string[] _directories;

    private VerifyStore(string[] directories) => _directories = directories;

    /// <summary>Those looked at so far.</summary>
    internal IReadOnlyList<OpenSslCertificate> Certificates => _certificates;

    /// <summary>Loads the files that a command line names.</summary>
    /// <param name="options">The command line.</param>
    /// <exception cref="OpenSslFileRefusal">A file that is named cannot be read, or holds nothing.</exception>
    internal static VerifyStore Load(VerifyOptions options)
    {
        if (options.Trusted.Count > 0)
        {
            var trusted = new VerifyStore([]);
            foreach (string path in options.Trusted)
            {
                var found = new List<OpenSslCertificate>();
                OpenSslFiles.ReadAll(path, "certs of trusted certificates", isChecked: true, found, []);
                if (found.Count == 0)
                    throw new OpenSslFileRefusal("trusted certificates", $"Could not read any trusted certificates from {path}");
                trusted.AddAll(found);
            }

            return trusted;
        }

        string directories = options.AuthorityDirectory
            ?? (options.Has("no-CApath") ? "" : Environment.GetEnvironmentVariable("SSL_CERT_DIR") ?? TrustStore.UsualDirectories ?? "");
        var store = new VerifyStore(directories.Split(':', StringSplitOptions.RemoveEmptyEntries));
        if (options.AuthorityFile is { } file)
            store.AddFile(file);
        else if (!options.Has("no-CAfile") && (Environment.GetEnvironmentVariable("SSL_CERT_FILE") ?? TrustStore.UsualFile) is { } usual && File.Exists(usual))
            store.AddAll(Read(usual));
        return store;
    }

    /// <inheritdoc/>
    public IReadOnlyList<OpenSslCertificate> Find(OpenSslCertificate child, bool isIssuer)
    {
        string? key = isIssuer ? child.IssuerKey : child.SubjectKey;
        if (key is null)
            return [];
        if (_bySubject.TryGetValue(key, out List<OpenSslCertificate>? known))
            return known;
        if (child.Library is { } library && _lookedUp.Add(key))
        {
            foreach (string path in Hashed(library.NameHash(isIssuer), ""))
                AddAll(Read(path));
        }

        return _bySubject.GetValueOrDefault(key) ?? [];
    }

    /// <inheritdoc/>
    public IReadOnlyList<RevocationList> FindLists(OpenSslCertificate child)
    {
        if (child.IssuerKey is not { } key || child.Library is not { } library)
            return _lists;
        if (!_listsByHash.TryGetValue(key, out List<RevocationList>? found))
        {
            _listsByHash[key] = found = [];
            foreach (string path in Hashed(library.NameHash(isIssuer: true), "r"))
                OpenSslFiles.ReadAll(path, "CRL", isChecked: false, [], found);
        }

        return [.. _lists, .. found];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OpenSslCertificate certificate in _certificates)
            certificate.Dispose();
    }

    private static List<OpenSslCertificate> Read(string path)
    {
        var certificates = new List<OpenSslCertificate>();
        OpenSslFiles.ReadAll(path, "certificates", isChecked: false, certificates, []);
        return certificates;
    }

    private void AddFile(string path)
    {
        var certificates = new List<OpenSslCertificate>();
        try
        {
            OpenSslFiles.ReadAll(path, "CA certificates", isChecked: false, certificates, _lists, isPem: true);
        }
        catch (OpenSslFileRefusal refusal)
        {
            throw new OpenSslFileRefusal(refusal.What, $"Error loading file {path}: {refusal.Reason}");
        }

        if (certificates.Count + _lists.Count == 0)
            throw new OpenSslFileRefusal("CA certificates", $"Error loading file {path}: no certificate in PEM");
        AddAll(certificates);
    }

    private IEnumerable<string> Hashed(uint hash, string kind)
    {
        foreach (string directory in _directories)
        {
            for (int i = 0; i < MostOfHash; i++)
            {
                string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{hash:x8}.{kind}{i}"));
                if (!File.Exists(path))
                    break;
                yield return path;
            }
        }
    }

    private void AddAll(List<OpenSslCertificate> certificates)
    {
        _certificates.AddRange(certificates);
        foreach (OpenSslCertificate certificate in certificates)
        {
            if (certificate.SubjectKey is not { } key)
                continue;
            if (!_bySubject.TryGetValue(key, out List<OpenSslCertificate>? same))
                _bySubject[key] = same = [];
            same.Add(certificate);
        }
    }
}
