namespace NetWhy.Paths;

/// <summary>How one hop is asked for many flows: as fast as its routers answer.</summary>
/// <remarks>
/// Linux answers six times at once, and then once a second (net.ipv4.icmp_ratelimit, for each one who asks); others are similar. What is
/// asked beyond that is lost, and costs nothing but time.
/// </remarks>
/// <param name="ttl">Hop limit.</param>
/// <param name="flows">For how many flows it is asked at first.</param>
internal sealed class FanAsking(int ttl, int flows)
{
    private const int FirstWindow = 5; // with the first flow, what Linux answers at once
    private const int MostWindow = 48;
    private const int MostTries = 3; // for one flow, where others are answered
    private const double Scarce = 0.2; // of what was sent is lost: more than links lose as a rule
    private const double Slower = 1.5;
    private const double Faster = 0.85;

    private static readonly TimeSpan FirstGap = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostGap = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SilentGap = TimeSpan.FromMilliseconds(450); // who says one message a second is heard in three tries

    private readonly Dictionary<int, int> _tries = [];
    private int _lost;
    private TimeSpan _gap;

    /// <summary>Hop limit.</summary>
    internal int Ttl { get; } = ttl;

    /// <summary>For how many flows it may be asked.</summary>
    internal int Flows { get; set; } = flows;

    /// <summary>How many flows have to be known there, because the hop behind it is read by them.</summary>
    internal int Attributed { get; set; }

    /// <summary>Probes sent, those of the first trace too.</summary>
    internal int Sent { get; set; }

    /// <summary>Probes sent since then.</summary>
    internal int Asks { get; private set; }

    /// <summary>Answers.</summary>
    internal int Answered { get; set; }

    /// <summary>Flows whose answers are waited for.</summary>
    internal HashSet<int> UnderWay { get; } = [];

    /// <summary>How many that may be.</summary>
    internal int Window { get; private set; } = FirstWindow;

    /// <summary>When it may be asked again.</summary>
    internal TimeSpan Due { get; private set; }

    /// <summary>Whether so many answers are missing that its routers seem to limit them.</summary>
    internal bool IsLimited => Answered > 0 && _lost > Scarce * (Sent - UnderWay.Count);

    /// <summary>How often a flow was asked for.</summary>
    /// <param name="flow">The flow.</param>
    internal int Tries(int flow) => _tries.GetValueOrDefault(flow);

    /// <summary>Whether it makes sense to ask for a flow once more.</summary>
    /// <param name="flow">The flow.</param>
    internal bool MayAsk(int flow) => !UnderWay.Contains(flow) && (IsLimited || Tries(flow) < (Answered > 0 ? MostTries : 1));

    /// <summary>A probe left.</summary>
    /// <param name="flow">Its flow.</param>
    /// <param name="now">The time.</param>
    internal void Asked(int flow, TimeSpan now)
    {
        _tries[flow] = Tries(flow) + 1;
        (Sent, Asks) = (Sent + 1, Asks + 1);
        UnderWay.Add(flow);
        Due = now + (Answered > 0 ? _gap : SilentGap);
    }

    /// <summary>An answer came.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="wasLost">Whether it had been given up.</param>
    internal void Heard(int flow, bool wasLost)
    {
        if (Answered++ == 0)
            Due = TimeSpan.Zero;
        if (wasLost)
            _lost--;
        else
            UnderWay.Remove(flow);
        if (_gap > TimeSpan.Zero)
            _gap *= Faster;
        else
            Window = Math.Min(MostWindow, Window + 1);
    }

    /// <summary>Probes were given up.</summary>
    /// <param name="flows">Their flows.</param>
    /// <param name="now">The time.</param>
    internal void Lost(int[] flows, TimeSpan now)
    {
        _lost += flows.Length;
        UnderWay.ExceptWith(flows);
        if (Answered == 0)
            return;
        Window = 1;
        _gap = _gap == TimeSpan.Zero ? FirstGap : Slower * _gap < MostGap ? Slower * _gap : MostGap;
        Due = now + _gap;
    }
}
