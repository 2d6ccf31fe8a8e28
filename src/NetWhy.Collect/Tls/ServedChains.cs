using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Tls;

/// <summary>The certificates that a server showed on many connections: several servers behind one address may each have their own, and one may have some of several kinds of keys.</summary>
/// <param name="context">Where to report.</param>
/// <param name="target">What is asked for.</param>
/// <param name="address">Server's address.</param>
/// <param name="port">Server's port.</param>
/// <param name="kept">All chains that came.</param>
internal sealed class ServedChains(ProbeContext context, ExchangeOptions target, IPAddress address, int port, SentChains kept)
{
    /// <summary>Purpose of handshakes that take the signatures of one kind of key only.</summary>
    internal const string OtherKey = "other-key";

    private const int MostChains = 16; // that are judged

    private readonly List<Shown> _whole = []; // of handshakes as usual
    private readonly List<Shown> _narrow = []; // of those that take one kind of key only
    private readonly List<Shown> _reviewed = [];
    private TrustStore? _trust;
    private int _securityLevel;

    /// <summary>Whether equal handshakes were shown several.</summary>
    internal bool Differ => _whole.Skip(1).Any(shown => !shown.IsSame(_whole[0]));

    /// <summary>Whether a handshake showed any.</summary>
    internal bool HasSome => _whole.Count > 0;

    /// <summary>What was reviewed for the verdict: the chain that the usual try was shown, or else the first; null if none was.</summary>
    internal (CertificateMessage Sent, int SecurityLevel, TrustStore Trust)? Reviewed =>
        (_reviewed.FirstOrDefault(IsOfUsualTry) ?? _reviewed.FirstOrDefault()) is { } shown && _trust is { } trust ? (shown.Sent, _securityLevel, trust) : null;

    /// <summary>Whether clients as usual were shown a certificate with a kind of key.</summary>
    /// <param name="key">The kind, such as <c>RSA</c>.</param>
    internal bool HasKey(string key) => _whole.Any(shown => shown.Key == key);

    /// <summary>Takes in what a handshake showed, and reviews it if it is new.</summary>
    /// <param name="connection">The handshake.</param>
    internal async Task AddAsync(TlsConnection connection)
    {
        if (connection.Certificates is not { Certificates.IsEmpty: false } sent || kept.Keep(sent.Certificates) is not { } chain
            || Shown.Of(sent with { Certificates = chain }, connection.Handshake.Version) is not { } shown)
        {
            return;
        }

        _securityLevel = connection.SecurityLevel;
        (connection.Handshake.Purpose is OtherKey ? _narrow : _whole).Add(shown);
        await ReviewAsync(shown);
    }

    /// <summary>Judges each, where there are several, and says how often it was shown.</summary>
    /// <param name="hellos">What hellos of TLS 1.2 were answered with, as usual and otherwise.</param>
    internal async Task ReportAsync((IEnumerable<ImmutableArray<byte[]>> Usual, IEnumerable<ImmutableArray<byte[]>> Others) hellos)
    {
        Shown[] older = Read(hellos.Usual), others = [.. _narrow, .. Read(hellos.Others)];
        if (_whole.Count == 0)
            return; // its security level is not known either

        // A server chooses by what it is offered: in TLS 1.2 a key of another kind, say. Equal offers it answers alike.
        Shown[] usual = [.. _whole, .. older.Where(shown => HasKey(shown.Key) || older.Any(other => other.Key != shown.Key))];
        List<Shown> distinct = Distinct(usual);
        bool isKnown = distinct.Count < 2 && context.Evidence.All<CertificateChain>().Any(IsOfUsualTry);
        foreach (Shown chain in isKnown ? [] : distinct)
            await ReportAsync(chain, "repeat", usual.Count(chain.IsSame), usual.Length);
        Shown[] otherKeys = [.. others.Concat(older).Where(shown => !usual.Any(shown.IsSame))];
        List<Shown> distinctKeys = Distinct(otherKeys);
        if (distinct.Count >= MostChains || distinctKeys.Count >= MostChains || kept.LeftOut > 0)
            context.ReportNotObserved("all certificates that the server shows", $"it shows a great many: {distinct.Count} chains are judged");
        foreach (Shown chain in distinctKeys)
            await ReportAsync(chain, OtherKey, otherKeys.Count(chain.IsSame), otherKeys.Count(shown => shown.Key == chain.Key));
    }

    private async Task ReportAsync(Shown chain, string purpose, int count, int all)
    {
        await ReviewAsync(chain);
        var handshake = new TlsHandshake(address, port, purpose, target.ServerName, TlsOutcome.Completed, TimeSpan.Zero) { Version = chain.Version };
        if (_trust is { } trust && TlsConnector.Judge(chain.Sent, handshake, target.WireHost, trust, _securityLevel, context.Clock.GetUtcNow()) is { } judged)
            context.Report(judged with { Shown = count, Handshakes = all });
    }

    private async Task ReviewAsync(Shown shown)
    {
        if (_reviewed.Any(shown.IsSame) || _reviewed.Count >= MostChains)
            return;
        _reviewed.Add(shown);
        _trust ??= await Task.Run(() => TrustStore.Load(context.Options.Environment, context.Options.CertificateAuthorityFile), CancellationToken.None);
        var handshake = new TlsHandshake(address, port, "review", target.ServerName, TlsOutcome.Completed, TimeSpan.Zero);
        if (CertificateReviewer.Review(shown.Sent.Certificates, handshake, target.WireHost, _trust, context.Clock.GetUtcNow()) is { } review)
            context.Report(review);
    }

    private bool IsOfUsualTry(Shown shown)
    {
        string[] fingerprints = [.. shown.Sent.Certificates.Select(octets => TrustStore.Fingerprint(octets))];
        return context.Evidence.All<CertificateChain>().Any(chain => IsOfUsualTry(chain) && chain.Certificates.Select(certificate => certificate.Fingerprint).SequenceEqual(fingerprints));
    }

    private bool IsOfUsualTry(CertificateChain chain) => chain.Purpose is "target" && chain.Address.Equals(address) && chain.Port == port;

    private static Shown[] Read(IEnumerable<ImmutableArray<byte[]>> chains) =>
        [.. chains.Select(sent => Shown.Of(new CertificateMessage(sent, OcspStaple: null), "TLSv1.2")).OfType<Shown>()];

    private static List<Shown> Distinct(IEnumerable<Shown> all)
    {
        List<Shown> distinct = [];
        foreach (Shown shown in all)
        {
            if (distinct.Count < MostChains && !distinct.Any(shown.IsSame))
                distinct.Add(shown);
        }

        return distinct;
    }

    private sealed record Shown(CertificateMessage Sent, string Key, string? Version)
    {
        /// <summary>Null if the leaf cannot be read.</summary>
        internal static Shown? Of(CertificateMessage sent, string? version) => Certificate.Read(sent.Certificates[0], out Certificate? leaf) is OperationStatus.Done
            ? new Shown(sent, leaf!.Key.Split(' ')[0], version)
            : null;

        internal bool IsSame(Shown other) => Sent.Certificates.SequenceEqual(other.Sent.Certificates, static (one, two) => one.AsSpan().SequenceEqual(two));
    }
}
