using System.Globalization;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire;

namespace NetWhy.Tools.Traceroute;

/// <summary>Reads what <c>-O</c> says of one kind of probes.</summary>
/// <param name="protocol">The kind.</param>
/// <param name="usual">What probes of TCP look like without.</param>
/// <param name="otherProtocol">Protocol of <see cref="ProbeProtocol.Other"/> without.</param>
internal sealed class ModuleOptions(ProbeProtocol protocol, TcpProbe usual, IPProtocol otherProtocol)
{
    private bool _isPlain; // only the options of TCP that are named
    private bool _hasFlags; // only the flags that are named

    /// <summary>What probes of TCP look like.</summary>
    internal TcpProbe Tcp { get; private set; } = usual;

    /// <summary>Protocol of <see cref="ProbeProtocol.Other"/>.</summary>
    internal IPProtocol OtherProtocol { get; private set; } = otherProtocol;

    /// <summary>Whether what TCP answers with is shown.</summary>
    internal bool HasTcpFlags { get; private set; }

    /// <summary>Whether raw sockets are insisted on.</summary>
    internal bool IsRaw { get; private set; }

    /// <summary>Whether raw sockets are done without.</summary>
    internal bool IsUnprivileged { get; private set; }

    /// <summary>Whether a list of the options is asked for.</summary>
    internal bool IsHelp { get; private set; }

    /// <summary>The list.</summary>
    internal string Help => protocol switch
    {
        ProbeProtocol.Icmp => """
              raw                only by raw sockets
              dgram              only by ping sockets, as without CAP_NET_RAW

            """,
        ProbeProtocol.Tcp => """
              syn, ack, fin, rst, psh, urg, ece, cwr
                                 set these flags (syn if none is named)
              flags=NUMBER       set exactly these flags
              ecn                a SYN that asks for ECN: syn, ece, cwr
              sack, timestamps, window_scaling
                                 send these options; without any of the above, all of them
              sysctl             send all of them, as systems do
              mss=NUMBER         maximum segment size that a SYN names (1460)
              info               show the flags of what the host answers

            """,
        ProbeProtocol.Other => """
              protocol=PROTOCOL  number or name of the protocol (253)

            """,
        _ => $"No options for {PathTracer.Name(protocol)}\n",
    };

    /// <summary>Reads one.</summary>
    /// <param name="option">The option, such as <c>mss=1400</c>.</param>
    /// <exception cref="ToolException">There is none, or its value makes no sense.</exception>
    internal void Take(string option)
    {
        string[] parts = option.Split('=', 2);
        string? value = parts.Length > 1 ? parts[1] : null;
        switch (protocol, parts[0], value)
        {
            case (_, "help", null): IsHelp = true; break;
            case (ProbeProtocol.Icmp, "raw", null): IsRaw = true; break;
            case (ProbeProtocol.Icmp, "dgram", null): IsUnprivileged = true; break;
            case (ProbeProtocol.Other, "protocol", not null): OtherProtocol = Protocol(value); break;
            case (ProbeProtocol.Tcp, _, _): TakeTcp(option, parts[0], value); break;
            default: throw Wrong(option);
        }
    }

    /// <summary>Reads the number or the name of a protocol inside IP.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ToolException">It is none, or has an option of its own.</exception>
    internal static IPProtocol Protocol(string text)
    {
        if (!byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte number) && !ServiceNames.TryReadProtocol(text, out number))
            throw new ToolException(ToolException.WrongUsage, $"{Printable.Of(text, isUtf8: false)} is no protocol of IP");
        return (IPProtocol)number switch
        {
            IPProtocol.Icmp or IPProtocol.IcmpV6 => throw new ToolException(ToolException.WrongUsage, "use -I for echo requests"),
            IPProtocol.Tcp => throw new ToolException(ToolException.WrongUsage, "use -T for TCP"),
            IPProtocol.Udp => throw new ToolException(ToolException.WrongUsage, "use -U for UDP"),
            IPProtocol.UdpLite => throw new ToolException(ToolException.WrongUsage, "use -UL for UDP-Lite"),
            var other => other,
        };
    }

    private void TakeTcp(string option, string name, string? value)
    {
        switch (name, value)
        {
            case ("info", null): HasTcpFlags = true; break;
            case ("sysctl", null): Tcp = TcpProbe.Usual with { Flags = Tcp.Flags, Mss = Tcp.Mss }; break;
            case ("mss", not null): Tcp = Tcp with { Mss = Number(option, value, ushort.MaxValue) }; break;
            case ("flags", not null): Tcp = Plain() with { Flags = (TcpFlags)Number(option, value, byte.MaxValue) }; break;
            case ("ecn", null): Tcp = Plain() with { Flags = TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr }; break;
            case ("sack", null): Tcp = Plain() with { HasSack = true }; break;
            case ("timestamps", null): Tcp = Plain() with { HasTimestamps = true }; break;
            case ("window_scaling", null): Tcp = Plain() with { HasWindowScale = true }; break;
            case (_, null) when TcpFlagNames.Find(name) is { } flag: Tcp = Flagged(flag); break;
            default: throw Wrong(option);
        }
    }

    // What is named first takes the place of what is usual.
    private TcpProbe Plain()
    {
        TcpProbe plain = _isPlain ? Tcp : new TcpProbe { Mss = Tcp.Mss };
        _isPlain = true;
        return plain;
    }

    private TcpProbe Flagged(TcpFlags flag)
    {
        TcpFlags others = _hasFlags ? Tcp.Flags : TcpFlags.None;
        _hasFlags = true;
        return Plain() with { Flags = others | flag };
    }

    private static int Number(string option, string text, int most) =>
        TracerouteOptions.TryReadNumber(text, out int number) && number >= 0 && number <= most ? number : throw Wrong(option);

    private static ToolException Wrong(string option) =>
        new(ToolException.WrongUsage, $"cannot handle '-O {Printable.Of(option, isUtf8: false)}': -O help lists what there is");
}
