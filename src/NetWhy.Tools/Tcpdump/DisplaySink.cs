using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Lets packets through that a display filter matches. All of them are analysed, since what one is depends on those before it.</summary>
/// <param name="filter">The filter.</param>
/// <param name="next">Where they go.</param>
/// <param name="most">How many are let through.</param>
/// <param name="host">Whom it is told what the filter could not do.</param>
internal sealed class DisplaySink(DisplayFilter filter, IPacketSink next, long most, IToolHost host) : IPacketSink
{
    private readonly Dissector _dissector = new(Wanted(filter));

    /// <summary>How many were let through.</summary>
    internal long Count { get; private set; }

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        if (!filter.Matches(_dissector.Read(packet)))
            return true;
        _dissector.Displayed();
        Count++;
        return next.Take(number, packet) & Count < most;
    }

    /// <inheritdoc/>
    public bool IsDone => next.IsDone;

    /// <inheritdoc/>
    public void Begin(CaptureInterface @interface, long nanoseconds) => next.Begin(@interface, nanoseconds);

    /// <inheritdoc/>
    public void Keep() => next.Keep();

    /// <inheritdoc/>
    public void Flush() => next.Flush();

    /// <inheritdoc/>
    public void HandOn() => next.HandOn();

    /// <inheritdoc/>
    public void End()
    {
        next.End();
        DisplayFilters.Conclude(_dissector, filter, "--display: ", host);
    }

    /// <inheritdoc/>
    public void Dispose() => next.Dispose();

    private static PacketFields Wanted(DisplayFilter filter)
    {
        var fields = new PacketFields(FieldCatalog.Default);
        fields.Want(filter.Fields);
        return fields;
    }
}
