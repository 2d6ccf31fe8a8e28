using System.Globalization;

namespace NetWhy.Analysis.Dissection;

/// <summary>What is remembered of the requests and responses of a stream.</summary>
internal sealed class HttpExchange
{
    /// <summary>Whether a request was seen: what follows is HTTP, whatever it looks like.</summary>
    internal bool HasRequest { get; set; }

    /// <summary>The method of the last request.</summary>
    internal string Method { get; set; } = "";

    /// <summary>The target of the last request, as a URI if its host is known.</summary>
    internal string Target { get; set; } = "";

    /// <summary>Whether the stream carries something else from now on: a tunnel, or what it was upgraded to.</summary>
    internal bool IsHandedOver { get; set; }

    /// <summary>Whether that is what a tunnel carries.</summary>
    internal bool IsTunnel { get; set; }

    /// <summary>The port that a tunnel leads to; 0 for none.</summary>
    internal ushort TunnelPort =>
        IsTunnel && ushort.TryParse(Target.AsSpan(Target.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port : (ushort)0;

    /// <summary>Where the last chunk begins that was seen of a body that is not whole yet, from the beginning of its message, by direction: so that it is not searched again.</summary>
    internal int[] ChunkProgress { get; } = new int[2];

    /// <summary>Which of those of the capture it is, from 1; 0 where nobody asked.</summary>
    internal uint Place { get; set; }

    /// <summary>The pair that is open: its number, from 1; 0 for none yet.</summary>
    internal uint Number { get; private set; }

    /// <summary>The packet of its request; 0 if that was not seen.</summary>
    internal uint RequestFrame { get; private set; }

    /// <summary>When its request passed, in nanoseconds since 1970.</summary>
    internal long RequestTime { get; private set; }

    /// <summary>The packet of its response; 0 if that was not seen yet.</summary>
    internal uint ResponseFrame { get; private set; }

    /// <summary>The packet of the request before; 0 for none.</summary>
    internal uint PreviousRequest { get; private set; }

    /// <summary>The packet of the response before; 0 for none.</summary>
    internal uint PreviousResponse { get; private set; }

    /// <summary>A request begins a new pair.</summary>
    /// <param name="frame">Its packet.</param>
    /// <param name="nanoseconds">When it passed.</param>
    internal void AddRequest(uint frame, long nanoseconds)
    {
        Begin();
        RequestFrame = frame;
        RequestTime = nanoseconds;
    }

    /// <summary>A response belongs to the last request, if that has none yet.</summary>
    /// <param name="frame">Its packet.</param>
    internal void AddResponse(uint frame)
    {
        if (Number == 0 || ResponseFrame != 0)
            Begin();
        ResponseFrame = frame;
    }

    private void Begin()
    {
        PreviousRequest = RequestFrame;
        PreviousResponse = ResponseFrame;
        RequestFrame = 0;
        ResponseFrame = 0;
        Number++;
    }
}
