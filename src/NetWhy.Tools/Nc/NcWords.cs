using System.Globalization;
using System.Net;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Nc;

/// <summary>What nc says of connections, on standard error and only where asked to.</summary>
/// <param name="options">How.</param>
/// <param name="host">Where to.</param>
internal sealed class NcWords(NcOptions options, IToolHost host)
{
    private readonly string _protocol = options.Has('u') ? "udp" : "tcp";
    private readonly NcWhy _why = new(options, host);
    private ServiceNames? _services;

    /// <summary>How a trial ended, in one word.</summary>
    /// <param name="trial">The trial.</param>
    internal static string OutcomeOf(PortTrial trial) => trial switch
    {
        { IsTimeout: true } or { Outcome: Errno.ETIMEDOUT } => "timeout",
        { IsLocal: true } => "local",
        { Outcome: Errno.ECONNREFUSED } => "refused",
        { Outcome: Errno.OK, HasAnswer: false } => "silent",
        { Outcome: Errno.OK } => "open",
        _ => "unreachable",
    };

    /// <summary>Name of the service at a port; null if it has none.</summary>
    /// <param name="port">The port.</param>
    internal string? ServiceOf(int port) => (_services ??= ServiceNames.Read()).Of(port, _protocol);

    /// <summary>Says what came of a port.</summary>
    /// <param name="outcome">What came of it.</param>
    /// <exception cref="OriginalRefusal">The local address or port cannot be had: it would not for the others, either.</exception>
    internal void Say(PortOutcome outcome)
    {
        foreach (PortTrial trial in outcome.Trials)
        {
            if (trial.IsLocal)
                throw new OriginalRefusal(1, $"bind failed: {LinuxException.Describe(trial.Outcome)}");
            if (trial.IsTimeout || trial.Outcome is not Errno.OK)
                SayFailed(options.Host!, outcome.Port, trial);
            else
                SayConnected(trial.Address, outcome.Port);
        }
    }

    /// <summary>Says that an address did not take a connection.</summary>
    /// <param name="name">Name or address of the host, as typed.</param>
    /// <param name="port">The port.</param>
    /// <param name="trial">What came of it.</param>
    internal void SayFailed(string name, int port, PortTrial trial)
    {
        if (options.Has('v') && _protocol is "tcp") // of a datagram, the original says nothing
            host.Note(string.Create(CultureInfo.InvariantCulture, $"nc: connect to {(options.Proxy is null ? ZonedAddress.Named(name, trial.Address) : name)} port {port} (tcp) {(trial.IsTimeout ? "timed out" : "failed")}: {LinuxException.Describe(trial.IsTimeout ? Errno.EINPROGRESS : trial.Outcome)}"));
        if (options.Proxy is null)
            _why.Say(port, trial);
    }

    /// <summary>Says that a connection stands.</summary>
    /// <param name="address">The address; null if a proxy chose it.</param>
    /// <param name="port">The port.</param>
    internal void SayConnected(IPAddress? address, int port)
    {
        if (!options.Has('v'))
            return;
        string service = (options.Has('n') ? null : ServiceOf(port)) ?? "*";
        host.Note(string.Create(CultureInfo.InvariantCulture, $"Connection to {(address is null ? options.Host : ZonedAddress.Named(options.Host!, address))} {port} port [{_protocol}/{service}] succeeded!"));
    }

    /// <summary>Says where connections are awaited, or whence one came.</summary>
    /// <param name="what">What happened.</param>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    /// <param name="isPeer">Whether it is somebody else's, whose name is asked for.</param>
    internal void SayEndpoint(string what, IPAddress address, int port, bool isPeer)
    {
        if (!options.Has('v'))
            return;
        string shown = isPeer && !options.Has('n') && SystemNames.OfAddress(address) is { } name ? name : ZonedAddress.Text(address);
        host.Note(string.Create(CultureInfo.InvariantCulture, $"{what} on {shown} {port}"));
    }
}
