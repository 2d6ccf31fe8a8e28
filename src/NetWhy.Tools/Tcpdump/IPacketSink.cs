using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Where packets go that a filter let through.</summary>
internal interface IPacketSink : IDisposable
{
    /// <summary>Takes a packet.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>Whether more are wanted.</returns>
    bool Take(long number, in PacketRecord packet);

    /// <summary>Takes what it needs of the packets so far: their octets go away.</summary>
    void Keep()
    {
        // Most have read them already.
    }

    /// <summary>Hands on what is worth it: no packet is ready.</summary>
    void Flush();

    /// <summary>Hands on all that was gathered: the user wants to see it.</summary>
    void HandOn() => Flush();

    /// <summary>Ends: no more packets come.</summary>
    void End();
}
