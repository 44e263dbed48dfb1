// What every page of somebody signed in has: the camera, the finger, and what waits for the network.
// Pages name this module and those of their own; what modules share is imported alone, so that each runs once.
"use strict";

import "./camera.js";
import "./signature.js";
import "./queue.js";
