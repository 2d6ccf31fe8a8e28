using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;

namespace NetWhy.Collect.Probes;

/// <summary>Uses the target as an application would: connects to each address, shakes hands, asks, follows redirects.</summary>
public sealed class ExchangeProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "exchange";

    /// <summary>Addresses of a target that are asked, at most.</summary>
    internal const int MostAddresses = 8; // an application rarely tries more before it gives up
    private const int Repeats = 2;

    // Where nothing but HTTPS is usual. Source: IANA's list of ports and services (8443: pcsync-https), and the habit of servers.
    private static readonly ImmutableArray<int> HttpsPorts = [443, 4443, 6443, 8443, 9443];

    private static readonly TimeSpan RepeatAtMost = TimeSpan.FromSeconds(3); // a failure that took longer is not repeated
    private static readonly TimeSpan PageTime = TimeSpan.FromSeconds(0.3); // enough of an error to say what it is about
    private static readonly TimeSpan DirectPatience = TimeSpan.FromSeconds(2.5); // beside a proxy: enough to compare

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the target answer what an application asks, and how long does each step take?",
        Source: "RFC 9293; RFC 8446; RFC 9112",
        Question.Application)
    {
        IsOfTls = true,
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Port is not null && target.IsTcp;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        Target target = context.Target;
        Task<TrustStore>? trust = target.IsTls || target.IsHttp
            ? Task.Run(() => Prepare(context, target), CancellationToken.None)
            : null;
        var families = new ConcurrentDictionary<AddressFamily, bool>();
        ExchangeOptions options = ExchangeOptions.Of(context) with
        {
            Trust = trust,
            FieldTrust = trust,
            Report = observation => context.Report(observation),
        };

        Task<(ProxySettings Settings, IReadOnlyList<IPAddress> Addresses)?> proxy = FindProxyAsync(context, cancellationToken);
        IReadOnlyList<IPAddress> addresses = await FindAddressesAsync(context, cancellationToken);
        (ProxySettings Settings, IReadOnlyList<IPAddress> Addresses)? found = await proxy;
        if (found is { Settings: { Variable: not null, ExemptedBy: null } } way)
        {
            ExchangeOptions direct = options with
            {
                Purpose = "direct",
                ConnectPatience = DirectPatience,
                HandshakePatience = DirectPatience,
                ResponsePatience = DirectPatience,
                WantsBody = () => false,
            };
            await Task.WhenAll(
                [
                    ThroughProxyAsync(context, way.Settings, way.Addresses, options, cancellationToken),
                    .. addresses.Take(MostAddresses).Select(
                        address => Exchange.RunAsync(address, target.Port!.Value, direct, cancellationToken)),
                ]);
            return;
        }

        var isFirst = new FirstOnly();
        ExchangeStage[] stages = await Task.WhenAll(addresses.Take(MostAddresses).Select(async address =>
        {
            ExchangeOptions here = options with { WantsBody = () => families.TryAdd(address.AddressFamily, true) };
            ExchangeResult result = await Exchange.RunAsync(address, target.Port!.Value, here, cancellationToken);
            await FollowUpAsync(context, result, here, isFirst, cancellationToken);
            return result.Stage;
        }));
        if (found is { Settings: { ExemptedBy: not null, Route: not null } exempting }
            && stages.All(stage => stage is ExchangeStage.NotConnected))
        {
            await PastExemptionAsync(context, exempting, options, cancellationToken);
        }
    }

    // Where the direct way is dead, perhaps the proxy was meant to be used after all.
    private static async Task PastExemptionAsync(
        ProbeContext context, ProxySettings settings, ExchangeOptions options, CancellationToken cancellationToken)
    {
        ExchangeOptions through = options with
        {
            Purpose = ExchangeOptions.Exempted,
            Proxy = settings.Route,
            ConnectPatience = DirectPatience,
            HandshakePatience = DirectPatience,
            ResponsePatience = DirectPatience,
            WantsBody = () => false,
        };
        foreach (IPAddress address in (await HostAddresses.FindAsync(context, settings.Host!, cancellationToken)).Take(1))
            await Exchange.RunAsync(address, settings.Port, through, cancellationToken);
    }

    private static TrustStore Prepare(ProbeContext context, Target target)
    {
        if (target.IsTls)
            _ = TlsSession.Unavailable; // loads and initializes the library while names are looked up
        return TrustStore.Load(context.Options.Environment, context.Options.CertificateAuthorityFile);
    }

    /// <summary>Finds the addresses to ask: those of the name, or of the listener on this machine.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<IReadOnlyList<IPAddress>> FindAddressesAsync(
        ProbeContext context, CancellationToken cancellationToken)
    {
        if (context.Target.Kind is TargetKind.LocalPort)
            return LocalAddresses(context.Target.Port!.Value);
        NameResolution? resolution = await context.Evidence.FirstAsync<NameResolution>(
            _ => true, [NameResolutionProbe.Id], cancellationToken);
        return resolution is null ? [] : [.. resolution.Addresses.Distinct()];
    }

    // Where the listener is; loopback if there is none or it listens everywhere.
    private static IPAddress[] LocalAddresses(int port)
    {
        IPAddress[] bound =
        [
            .. SocketTable.ReadTcp(TcpState.Listen).Sockets
                .Where(socket => socket.LocalPort == port)
                .Select(socket => socket.LocalAddress)
                .Distinct()
                .Take(MostAddresses),
        ];
        if (bound.Length == 0 || bound.Contains(IPAddress.Any))
            return [IPAddress.Loopback];
        return bound.Contains(IPAddress.IPv6Any)
            ? [File.Exists("/proc/net/if_inet6") ? IPAddress.IPv6Loopback : IPAddress.Loopback]
            : bound;
    }

    private static async Task<(ProxySettings Settings, IReadOnlyList<IPAddress> Addresses)?> FindProxyAsync(
        ProbeContext context, CancellationToken cancellationToken)
    {
        Target target = context.Target;
        if (!target.IsHttp || target.Host is null || target.Kind is TargetKind.Tls)
            return null;
        ProxySettings settings = ProxySettings.Of(target, context.Options.Environment);
        IReadOnlyList<IPAddress> addresses = settings.Applies
            ? await HostAddresses.FindAsync(context, settings.Host!, cancellationToken)
            : [];
        context.Report(new ProxyEnvironment(settings.Variable, settings.Host, settings.Port)
        {
            Value = settings.Value,
            ExemptedBy = settings.ExemptedBy,
            Fault = settings.Fault,
            ProxyAddresses = addresses,
            NoProxy = settings.NoProxy,
        });
        return (settings, addresses);
    }

    private static async Task ThroughProxyAsync(
        ProbeContext context,
        ProxySettings settings,
        IReadOnlyList<IPAddress> addresses,
        ExchangeOptions options,
        CancellationToken cancellationToken)
    {
        // No route and no address: the environment's observation says why.
        ExchangeOptions through = options with { Proxy = settings.Route };
        foreach (IPAddress address in settings.Route is null ? [] : addresses)
        {
            ExchangeResult result = await Exchange.RunAsync(address, settings.Port, through, cancellationToken);
            if (result.Stage is ExchangeStage.NotConnected)
                continue;
            await FollowUpAsync(context, result, through, new FirstOnly(), cancellationToken);
            return;
        }
    }

    private static async Task FollowUpAsync(
        ProbeContext context,
        ExchangeResult result,
        ExchangeOptions options,
        FirstOnly isFirst,
        CancellationToken cancellationToken)
    {
        if (RedirectFollower.IsRedirect(result.Http))
        {
            if (isFirst.Take())
                await new RedirectFollower(context).FollowAsync(result, options, cancellationToken);
            return;
        }

        if (result is { Handshake: { ClientCertificateRequested: true, Outcome: TlsOutcome.Completed }, Greeting: { Ended: null, Text: null } } && options.StartTls is null && !options.IsHttp)
        {
            await AskWithoutCertificateAsync(context, result, options, isFirst, cancellationToken);
            return;
        }

        if (result.Greeting is { IsInTls: true, Ended: not null, Text: null })
        {
            if (isFirst.Take())
                await AskAgainAsync(result, options, cancellationToken);
            return;
        }

        bool hasFailed = result.Http is { Status: >= 500 }
            or { Outcome: HttpOutcome.ClosedEarly or HttpOutcome.Reset or HttpOutcome.Malformed or HttpOutcome.Truncated };
        if (!hasFailed || result.Elapsed > RepeatAtMost || !isFirst.Take())
            return;
        ExchangeOptions again = options with { Purpose = "repeat", ResponsePatience = RepeatAtMost, Trust = null };
        for (int i = 0; i < Repeats; i++)
            await Exchange.RunAsync(result.Attempt.Address, result.Attempt.Port, again, cancellationToken);
    }

    // Some servers end a session without the word that names its protocol (RFC 7301), such as those of gRPC: that is no fault.
    private static async Task AskAgainAsync(ExchangeResult result, ExchangeOptions options, CancellationToken cancellationToken)
    {
        ExchangeOptions again = options with { Purpose = "repeat", Trust = null };
        await Exchange.RunAsync(result.Attempt.Address, result.Attempt.Port, again, cancellationToken);
        if (options.StartTls is null)
            await Exchange.RunAsync(result.Attempt.Address, result.Attempt.Port, again with { Purpose = "alpn", Protocols = ["h2", "http/1.1"] }, cancellationToken);
    }

    // TLS tells that a certificate was asked for. What the service does without one only a request tells, in a protocol that is known.
    private static async Task AskWithoutCertificateAsync(
        ProbeContext context, ExchangeResult result, ExchangeOptions options, FirstOnly isFirst, CancellationToken cancellationToken)
    {
        const string Http = "http/1.1";
        if (!isFirst.Take())
            return;
        ExchangeOptions asking = options with
        {
            Scheme = "https",
            Purpose = "policy",
            Path = "/",
            OnlyConnects = false,
            ResponsePatience = RepeatAtMost,
            BodyTime = PageTime,
            WantsBody = null,
            Trust = null,
            Asks = handshake => handshake.Alpn is Http || HttpsPorts.Contains(options.Port),
        };
        ExchangeResult asked = await Exchange.RunAsync(result.Attempt.Address, result.Attempt.Port, asking, cancellationToken);
        if (asked.Http is null or { Status: null } && asked.Handshake?.Alpn is not Http) // who ends the connection then may only dislike HTTP
            context.ReportNotObserved(NotObserved.WithoutClientCertificate, "it asks for one, and only a request in its own protocol tells whether it is needed");
    }

    private sealed class FirstOnly
    {
        private int _taken;

        internal bool Take() => Interlocked.Exchange(ref _taken, 1) == 0;
    }
}
