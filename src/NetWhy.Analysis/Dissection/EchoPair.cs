using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Finds the request that an echo reply is for. Sources: RFC 792, RFC 4443.</summary>
internal static class EchoPair
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Reads identifier and sequence number.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where they are.</param>
    /// <param name="isRequest">Whether it is a request.</param>
    /// <param name="responseTo">The field of the request's packet.</param>
    /// <param name="responseTime">The field of the time that it took, in milliseconds.</param>
    internal static void Read(ref Dissection dissection, int offset, bool isRequest, Field responseTo, Field responseTime)
    {
        if (dissection.IsQuoted)
            return;
        var key = TransactionKey.Of(dissection.Source, dissection.Destination, dissection.U32(offset));
        if (isRequest)
        {
            _ = dissection.Memory.Echoes.Ask(key, dissection.FrameNumber, dissection.Nanoseconds);
            return;
        }

        if (dissection.Memory.Echoes.Find(key) is not { ResponseFrame: 0 } request)
            return;
        request.ResponseFrame = dissection.FrameNumber;
        double time = (dissection.Nanoseconds - request.RequestTime) / NanosecondsPerMillisecond;
        dissection.Fields.Add(responseTo, request.RequestFrame, offset, 0);
        dissection.Fields.Add(responseTime, BitConverter.DoubleToUInt64Bits(time), offset, 0);
        dissection.Fields.Say($"{responseTime.Label}: {time:F3} ms");
        dissection.Summary?.Append($" (request in {request.RequestFrame})");
    }
}
