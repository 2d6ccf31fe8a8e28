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

    private readonly TroubleWatch? _watch = options.Colour is "always" || (options.Colour is "auto" && host.HasColour) ? new TroubleWatch() : null;

    private readonly PacketOwners? _owners = options.ShowsProcess ? new PacketOwners(options.Print.Verbosity > 0 ? host : null) : null;

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        if (_owners is not null)
            _printer.Note = _owners.Of(packet.Interface.LinkType, packet.Octets)?.Note ?? "";
        ReadOnlySpan<byte> colour = _watch is null ? [] : ColourOf(_watch.Of(packet, out _, out _));
        _printer.Names.Captured = packet.Interface.Section?.Names;
        _printer.Text.Add(colour);
        _printer.Print(number, packet.Seconds, packet.Nanoseconds - (packet.Seconds * 1_000_000_000), packet.Interface.LinkType, packet.Octets, packet.OriginalLength);
        if (!colour.IsEmpty)
        {
            _printer.Text.CutTo(_printer.Text.Length - 1); // the line's end comes behind the colour's
            _printer.Text.Add("\e[0m\n"u8);
        }

        if (options.IsLineBuffered || _printer.Text.Length >= FlushAt)
            Flush();
        return true;
    }

    /// <inheritdoc/>
    public void Keep()
    {
        // It has read them.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        host.Output.Write(_printer.Text.Octets);
        _printer.Text.Clear();
    }

    /// <inheritdoc/>
    public void End() => Flush();

    private static ReadOnlySpan<byte> ColourOf(Trouble trouble) => trouble switch
    {
        Trouble.Reset or Trouble.Unreachable => "\e[31m"u8, // red
        Trouble.Retransmission or Trouble.ZeroWindow => "\e[33m"u8, // yellow
        _ => [],
    };

    /// <inheritdoc/>
    public void Dispose() => _owners?.Dispose();
}
