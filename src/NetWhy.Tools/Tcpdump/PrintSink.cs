using System.Globalization;
using NetWhy.Capture.Files;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Prints packets.</summary>
/// <param name="options">How.</param>
/// <param name="host">Where.</param>
internal sealed class PrintSink(TcpdumpOptions options, IToolHost host) : IPacketSink
{
    private const int FlushAt = 1 << 16;

    private readonly PacketPrinter _printer = new(options.Print, new NameResolver(options.Print), new LocalClock());

    private readonly PacketOwners? _owners = options.ShowsProcess ? new PacketOwners() : null;

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        if (_owners?.Of(packet.Interface.LinkType, packet.Octets) is { } owner)
            _printer.Note = string.Create(CultureInfo.InvariantCulture, $"{Printable.Of(owner.Name, isUtf8: false)}[{owner.Pid}] ");
        else if (_owners is not null)
            _printer.Note = "";
        _printer.Print(number, packet.Seconds, packet.Nanoseconds - (packet.Seconds * 1_000_000_000), packet.Interface.LinkType, packet.Octets, packet.OriginalLength);
        if (options.IsLineBuffered || _printer.Text.Length >= FlushAt)
            Flush();
        return true;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        host.Output.Write(_printer.Text.Octets);
        _printer.Text.Clear();
    }

    /// <inheritdoc/>
    public void End() => Flush();

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
